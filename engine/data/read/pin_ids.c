/* Scans that are found in ids alone: FILE_SCAN_CHARGE_RANK, as Percolator's converters, Comet and Crux write it, with "target_" or
 * "decoy_" before it or, of MS-GF+, "_SII_INDEX_RANK" behind the file; and FILE.SCAN.SCAN.CHARGE, with _RANK or without. */
#include <math.h>
#include <strings.h>

#include "engine/data/printable.h"
#include "engine/data/read/pin.h"

/* Steps back over the digits that end at *end, at least one and no more than a double holds, and the separator before them. */
static bool number_before(const char *text, size_t *end, const char *separators, double *value) {
  enum { MOST = 15 };
  size_t p = *end;
  double power = 1;
  *value = 0;
  while (p > 0 && text[p - 1] >= '0' && text[p - 1] <= '9') *value += power * (text[--p] - '0'), power *= 10;
  if (p == *end || *end - p > MOST || p == 0 || !strchr(separators, text[p - 1])) return false;
  *end = p - 1;
  return true;
}

/* FILE_SCAN_CHARGE_RANK; *size is then that of the file. */
static bool by_bars(const char *text, size_t *size, double *scan) {
  double rank, charge, number;
  size_t n = *size;
  if (!number_before(text, &n, "_", &rank) || !number_before(text, &n, "_", &charge) || !number_before(text, &n, "_", scan))
    return false;
  size_t inner = n;
  bool two = number_before(text, &inner, "_", &number);
  two = two && number_before(text, &inner, "_", &number);
  if (two && inner > 4 && strncasecmp(text + inner - 4, "_SII", 4) == 0) n = inner - 4;
  *size = n;
  return true;
}

/* FILE.SCAN.SCAN.CHARGE[_RANK] */
static bool by_points(const char *text, size_t *size, double *scan) {
  double charge, rank, again;
  size_t n = *size, whole = n;
  if (number_before(text, &n, "_", &rank)) whole = n;
  n = whole;
  if (!number_before(text, &n, ".", &charge) || !number_before(text, &n, ".", scan) || !number_before(text, &n, ".", &again))
    return false;
  *size = n;
  return *scan == again;
}

static bool read_id(const char **text, size_t *size, double *scan) {
  static const char *const sides[] = {"target", "decoy"};
  if (*size == 0 || (!by_bars(*text, size, scan) && !by_points(*text, size, scan)) || *size == 0) return false;
  for (size_t k = 0; k < 2; k++) {
    size_t n = strlen(sides[k]);
    if (*size < n || strncasecmp(*text, sides[k], n) != 0 || (*size > n && (*text)[n] != '_')) continue;
    n += *size > n;
    *text += n, *size -= n;
    break;
  }
  return true;
}

static ll_status make_prefixes(ll_pin *pin) {
  void *block;
  if (pin->prefixes) return LL_OK;
  LL_TRY(ll_calloc(pin->ctx, &block, pin->room, sizeof *pin->prefixes));
  pin->prefixes = block;
  return LL_OK;
}

/* [out] whether all ids have a scan; else the first row without. */
static ll_status read_ids(ll_pin_file *f, bool *all, size_t *row) {
  ll_pin *pin = f->pin;
  const ll_texts_block *block = NULL;
  for (*row = f->first; *row < pin->rows; ++*row) {
    size_t i = *row, size;
    if (!block || i >= block->first + block->rows) block = ll_texts_block_of(&pin->texts, i);
    const char *text = ll_texts_in(&pin->texts, block, i, LL_PIN_TEXT_ID, &size);
    *all = read_id(&text, &size, &pin->scans[i]);
    if (!*all) return LL_OK;
    LL_TRY(ll_words_add(pin->ctx, &pin->prefix_words, text, size, &pin->prefixes[i], NULL));
  }
  return LL_OK;
}

ll_status ll_pin_ids(ll_pin_file *f) {
  ll_pin *pin = f->pin;
  bool all = false;
  size_t row = f->first, size;
  char shown[LL_PRINTABLE];
  if (pin->rows == f->first) return LL_OK;
  LL_TRY(make_prefixes(pin));
  LL_TRY(read_ids(f, &all, &row));
  const char *id = ll_texts_at(&pin->texts, all ? f->first : row, LL_PIN_TEXT_ID, &size);
  ll_printable_bytes(shown, id, size);
  if (all) {
    LL_TRY(ll_builder_note(pin->ctx, pin->b, "no column is called ScanNr: scans are taken from the ids, as %.0f from \"%s\"",
                           pin->scans[f->first], shown));
    return ll_pin_group(pin, f->first, pin->rows);
  }
  LL_TRY(ll_builder_note(pin->ctx, pin->b,
                         "no column is called ScanNr, and the id \"%s\" (row %zu) does not end in SCAN_CHARGE_RANK: each row is "
                         "taken for a spectrum of its own",
                         shown, row - f->first + 1));
  for (size_t i = f->first; i < pin->rows; i++) pin->scans[i] = NAN, pin->prefixes[i] = 0;
  ll_pin_group_none(pin, f->first, pin->rows);
  return LL_OK;
}
