/* Which rows are of one spectrum: equal file, scan and mass (and, where scans come from ids, equal text before the scan). An open
 * table holds the first row of each spectrum beside a part of its hash, so that a row is compared with few others; places of rows
 * to come are fetched ahead, as the table is larger than the processor's cache. */
#include "engine/data/read/pin.h"

static uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static uint64_t mix(uint64_t h) {
  h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
  h = (h ^ h >> 27) * 0x94d049bb133111ebu;
  return h ^ h >> 31;
}

static uint64_t hash_of(const ll_pin *pin, size_t row) {
  uint64_t h = mix(bits_of(pin->scans[row]) + 0x9e3779b97f4a7c15u * (pin->files[row] + 1));
  h = mix(h ^ bits_of(pin->masses[row]));
  return pin->prefixes ? mix(h + pin->prefixes[row] + 1) : h;
}

static bool is_same(const ll_pin *pin, size_t a, size_t b) {
  return bits_of(pin->scans[a]) == bits_of(pin->scans[b]) && bits_of(pin->masses[a]) == bits_of(pin->masses[b]) &&
         pin->files[a] == pin->files[b] && (!pin->prefixes || pin->prefixes[a] == pin->prefixes[b]);
}

static uint64_t entry_of(uint64_t hash, size_t row) { return (hash >> 32) << 32 | (row + 1); }

static ll_status grow(ll_pin *pin, size_t more) {
  ll_pin_spectra *s = &pin->spectra;
  size_t size = s->size ? s->size : 1024;
  void *block;
  while ((s->count + more) * 4 > size * 3) size *= 2;
  if (size == s->size) return LL_OK;
  LL_TRY(ll_calloc(pin->ctx, &block, size, sizeof *s->slots));
  uint64_t *slots = block;
  for (size_t k = 0; k < s->size; k++) {
    if (!s->slots[k]) continue;
    size_t slot = hash_of(pin, (uint32_t)s->slots[k] - 1) & (size - 1);
    while (slots[slot]) slot = (slot + 1) & (size - 1);
    slots[slot] = s->slots[k];
  }
  ll_free(pin->ctx, s->slots);
  s->slots = slots, s->size = size;
  return LL_OK;
}

/* The row with which the spectrum began: this one, if it is the first. */
static size_t find(ll_pin *pin, size_t row, uint64_t hash) {
  ll_pin_spectra *s = &pin->spectra;
  size_t slot = hash & (s->size - 1);
  for (; s->slots[slot]; slot = (slot + 1) & (s->size - 1)) {
    size_t first = (uint32_t)s->slots[slot] - 1;
    if ((s->slots[slot] ^ hash) >> 32 == 0 && is_same(pin, first, row)) return first;
  }
  s->slots[slot] = entry_of(hash, row);
  s->count++;
  return row;
}

ll_status ll_pin_group(ll_pin *pin, size_t from, size_t to) {
  enum { AHEAD = 16 };
  uint64_t hashes[AHEAD];
  uint32_t *groups = pin->b->groups;
  LL_TRY(grow(pin, to - from));
  for (size_t i = from; i < to && i < from + AHEAD; i++) hashes[i % AHEAD] = hash_of(pin, i);
  for (size_t i = from; i < to; i++) {
    uint64_t hash = hashes[i % AHEAD];
    if (i + AHEAD < to) {
      uint64_t later = hashes[i % AHEAD] = hash_of(pin, i + AHEAD);
      __builtin_prefetch(&pin->spectra.slots[later & (pin->spectra.size - 1)]);
    }
    size_t first = i > from && is_same(pin, i - 1, i) ? i - 1 : find(pin, i, hash);
    groups[i] = first == i ? (uint32_t)pin->n_spectra++ : groups[first];
  }
  pin->grouped = true;
  return LL_OK;
}

void ll_pin_group_none(ll_pin *pin, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) pin->b->groups[i] = (uint32_t)pin->n_spectra++;
}

void ll_pin_spectra_free(ll_ctx *ctx, ll_pin_spectra *s) {
  ll_free(ctx, s->slots);
  *s = (ll_pin_spectra){0};
}
