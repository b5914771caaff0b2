/* SPDX-License-Identifier: MIT */
#include "queue_ledger.h"

#include "child.h"

uint32_t word_read(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

void word_write(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

void word_add(uint32_t *word, uint32_t value)
{
	__atomic_fetch_add(word, value, __ATOMIC_SEQ_CST);
}

static size_t book_bytes(const struct book *book)
{
	return sizeof(struct ledger) +
	       (size_t)book->slots * book->each * sizeof(struct entry);
}

void book_new(struct book *book, uint32_t slots, uint32_t each)
{
	must(slots <= SLOTS_MOST && each <= 1 << NUMBER_BITS);
	*book = (struct book){ .slots = slots, .each = each };
	book->ledger = shared_new(book_bytes(book));
}

void book_end(struct book *book)
{
	if (book->ledger)
		shared_free(book->ledger, book_bytes(book));
	book->ledger = NULL;
}

struct page *book_page(const struct book *book, uint32_t slot)
{
	return &book->ledger->pages[slot];
}

uint64_t book_time(const struct book *book)
{
	return __atomic_add_fetch(&book->ledger->clock, 1, __ATOMIC_SEQ_CST);
}

static struct entry *entry_of(const struct book *book, struct title title)
{
	must(title.slot < book->slots && title.number < book->each);
	return &book->ledger->entries[(size_t)title.slot * book->each +
	                              title.number];
}

static bool is_empty(struct title title)
{
	return title.slot == EMPTY.slot;
}

static uint8_t byte_read(const uint8_t *byte)
{
	return __atomic_load_n(byte, __ATOMIC_SEQ_CST);
}

static void byte_write(uint8_t *byte, uint8_t value)
{
	__atomic_store_n(byte, value, __ATOMIC_SEQ_CST);
}

static void time_write(uint64_t *at, uint64_t time)
{
	__atomic_store_n(at, time, __ATOMIC_SEQ_CST);
}

/* Most are small; some are as large as what a field or a block can say. */
size_t message_size(const struct book *book, struct title title)
{
	static const size_t spans[16][2] = {
		{ 3, 6 },    { 3, 6 },     { 8, 1 },      { 9, 112 },
		{ 9, 112 },  { 9, 112 },   { 9, 112 },    { 9, 112 },
		{ 9, 112 },  { 110, 16 },  { 110, 16 },   { 225, 20 },
		{ 505, 10 }, { 120, 900 }, { 120, 2000 }, { 3, LARGEST - 2 },
	};
	uint64_t state = ((uint64_t)title.slot << 32 | title.number) * 2 + 1;
	uint64_t x = random_next(&state) ^ random_next(&state);
	const size_t *span = spans[x % 16];

	return span[0] + (size_t)(x >> 8) % span[1];
}

static uint32_t stamp_of(struct title title)
{
	return (uint32_t)title.slot << NUMBER_BITS | title.number;
}

void message_write(void *bytes, size_t size, struct title title)
{
	uint32_t stamp = stamp_of(title);
	unsigned char *to = bytes;

	memcpy(to, &stamp, STAMP);
	pattern_fill(to + STAMP, size - STAMP, stamp);
}

struct title message_read(const struct book *book, const void *bytes,
                          size_t size)
{
	const unsigned char *from = bytes;
	uint32_t stamp = 0;
	struct title title;

	if (size == 0)
		return EMPTY;
	must(size >= STAMP);
	memcpy(&stamp, from, STAMP);
	title.slot = (uint16_t)(stamp >> NUMBER_BITS);
	title.number = stamp & ((1 << NUMBER_BITS) - 1);
	must(title.slot < book->slots && title.number < book->each);
	must_be(size, message_size(book, title));
	must(pattern_holds(from + STAMP, size - STAMP, stamp));
	return title;
}

/* The line is one word: {number 32, slot 16, count 8, deed 8}. */
void book_write(const struct book *book, uint32_t slot, enum deed deed,
                uint32_t count, struct title title)
{
	uint64_t line = (uint64_t)title.number << 32 |
	                (uint64_t)title.slot << 16 | count << 8 | deed;

	__atomic_store_n(&book_page(book, slot)->line, line, __ATOMIC_SEQ_CST);
}

static void rest(const struct book *book, uint32_t slot)
{
	book_write(book, slot, RESTING, 0, EMPTY);
}

static struct title title_of(const struct book *book, uint32_t slot,
                             uint32_t ahead)
{
	return (struct title){
		(uint16_t)slot, word_read(&book_page(book, slot)->next) + ahead
	};
}

void book_put_begin(const struct book *book, uint32_t slot, uint32_t count)
{
	uint64_t time = book_time(book);

	book_write(book, slot, PUTTING, count, title_of(book, slot, 0));
	for (uint32_t i = 0; i < count; i++) {
		struct entry *entry = entry_of(book, title_of(book, slot, i));

		time_write(&entry->put_begun, time);
		byte_write(&entry->fate, TRYING);
	}
}

void book_put_end(const struct book *book, uint32_t slot, uint32_t count,
                  uint32_t done)
{
	uint64_t time = book_time(book);

	for (uint32_t i = 0; i < count; i++) {
		struct entry *entry = entry_of(book, title_of(book, slot, i));

		time_write(&entry->put_ended, time);
		byte_write(&entry->fate, i < done ? PUT : UNTRIED);
	}
	word_write(&book_page(book, slot)->next,
	           title_of(book, slot, done).number);
	rest(book, slot);
}

static uint32_t holder_of(const struct book *book, uint32_t slot)
{
	return word_read(&book_page(book, slot)->life) << 8 | (slot + 1);
}

/*
 * It is in the caller's hands alone.  Who had it before is dead, and that is
 * how it came back.
 */
static void take_over(const struct book *book, struct entry *entry)
{
	uint32_t holder = word_read(&entry->holder);

	must(byte_read(&entry->fate) != UNTRIED);
	must(!byte_read(&entry->finished));
	if (holder == 0)
		return;
	must(holder >> 8 <=
	     word_read(&book_page(book, (holder & 0xff) - 1)->gone));
	word_add(&entry->returns, 1);
}

static void finish(struct entry *entry, uint64_t begun, uint64_t ended)
{
	time_write(&entry->got_begun, begun);
	time_write(&entry->got_ended, ended);
	must_be(__atomic_exchange_n(&entry->finished, 1, __ATOMIC_SEQ_CST), 0);
}

void book_got(const struct book *book, uint32_t slot, struct title title,
              uint64_t begun, uint64_t ended)
{
	struct entry *entry;

	word_add(&book_page(book, slot)->taken, 1);
	if (is_empty(title)) {
		word_add(&book_page(book, slot)->empty_got, 1);
		return;
	}
	entry = entry_of(book, title);
	take_over(book, entry);
	word_write(&entry->holder, 0);
	finish(entry, begun, ended);
}

void book_hold(const struct book *book, uint32_t slot, struct title title,
               unsigned deliveries)
{
	struct entry *entry;
	uint32_t returns;

	word_add(&book_page(book, slot)->taken, 1);
	if (!is_empty(title)) {
		entry = entry_of(book, title);
		take_over(book, entry);
		word_write(&entry->holder, holder_of(book, slot));
		returns = word_read(&entry->returns);
		must(deliveries >= 1 + returns);
		/* Others died with it and did not get to say so. */
		word_write(&entry->returns, deliveries - 1);
	}
	book_write(book, slot, HOLDING, 1, title);
}

void book_giving_back(const struct book *book, uint32_t slot,
                      struct title title)
{
	book_write(book, slot, RETURNING, 1, title);
	if (is_empty(title))
		return;
	word_add(&entry_of(book, title)->returns, 1);
	word_write(&entry_of(book, title)->holder, 0);
}

void book_done(const struct book *book, uint32_t slot, struct title title,
               uint64_t begun, uint64_t ended)
{
	if (is_empty(title))
		word_add(&book_page(book, slot)->empty_got, 1);
	else
		finish(entry_of(book, title), begun, ended);
	word_add(&book_page(book, slot)->tasks_done, 1);
	rest(book, slot);
}

static void gone_up_to(struct page *page, uint32_t life)
{
	uint32_t gone = word_read(&page->gone);

	while (gone < life &&
	       !__atomic_compare_exchange_n(&page->gone, &gone, life, false,
	                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

void book_dying(const struct book *book, uint32_t slot)
{
	gone_up_to(book_page(book, slot), UINT32_MAX);
}

void book_may_go(const struct book *book, uint32_t slot)
{
	struct page *page = book_page(book, slot);

	gone_up_to(page, word_read(&page->life));
}

/* A put that was under way. */
static void bury_put(const struct book *book, uint32_t slot, uint32_t number,
                     uint32_t count)
{
	uint8_t fate = DOUBTFUL_FIRST;
	uint64_t time = book_time(book);

	for (uint32_t i = 0; i < count; i++) {
		struct title title = { (uint16_t)slot, number + i };
		struct entry *entry = entry_of(book, title);

		if (byte_read(&entry->fate) != TRYING)
			continue;
		time_write(&entry->put_ended, time);
		byte_write(&entry->fate, fate);
		fate = DOUBTFUL;
	}
	word_write(&book_page(book, slot)->next, number + count);
}

static void bury_done(const struct book *book, struct title title)
{
	struct ledger *ledger = book->ledger;

	ledger->done_doubts++;
	if (is_empty(title))
		ledger->empty_done_doubts++;
	else
		byte_write(&entry_of(book, title)->unsure, 1);
}

void book_bury(const struct book *book, uint32_t slot)
{
	struct page *page = book_page(book, slot);
	struct ledger *ledger = book->ledger;
	uint64_t line = __atomic_load_n(&page->line, __ATOMIC_SEQ_CST);
	struct title title = { (uint16_t)(line >> 16), (uint32_t)(line >> 32) };
	uint32_t count = line >> 8 & 0xff;
	enum deed deed = line & 0xff;

	if (deed == PUTTING)
		bury_put(book, slot, title.number, count);
	else if (deed == FINISHING)
		bury_done(book, title);
	ledger->empty_put_doubts += deed == PUTTING_EMPTY;
	ledger->get_doubts += deed == GETTING ? count : 0;
	ledger->lease_doubts += deed == LEASING;
	ledger->done_doubts += deed == TELLING;
	word_write(&page->gone, word_read(&page->life));
	rest(book, slot);
}
