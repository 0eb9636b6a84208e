/* Matches: what the reader of Percolator's input (engine/data/read/pin.h) keeps, taken over without a copy. */
#include "engine/psm/psm.h"

#include <stdio.h>
#include <sys/stat.h>

#include "engine/data/data.h"
#include "engine/data/read/encoding.h"
#include "engine/psm/spectrum_columns.h"

static ll_status check_bytes(ll_ctx *ctx, const ll_source *source) {
  if (source->size == 0) return ll_fail(ctx, LL_ERR_FORMAT, "%s: the file is empty", source->path);
  if (source->size >= 4 && memcmp(source->bytes, "PAR1", 4) == 0)
    return ll_fail(ctx, LL_ERR_FORMAT,
                   "%s is Parquet, which losslab does not read; in Python: import pandas; "
                   "pandas.read_parquet(\"x.parquet\").to_csv(\"x.pin\", sep=\"\\t\", index=False)",
                   source->path);
  return ll_encoding_check(ctx, source);
}

/* Reads one file; the bytes of later ones go into the hash of the first, which stays open. */
static ll_status read_file(ll_pin *pin, const char *path, ll_source *first, ll_source *source) {
  ll_status status = LL_OK;
  LL_TRY(ll_source_open_after(pin->ctx, path, first, source));
  LL_GOTO(cleanup, check_bytes(pin->ctx, source));
  LL_GOTO(cleanup, ll_pin_read(pin, source));
cleanup:
  if (first || status != LL_OK) ll_source_close(pin->ctx, source);
  return ll_source_told(pin->ctx, source, status);
}

/* Each file once, whatever path leads to it: a file is known by device and number, one that is not there, or no regular one, by its
 * path. */
static ll_status check_paths(ll_ctx *ctx, const char *const *paths, size_t n) {
  ll_words words = {0};
  ll_status status = n ? LL_OK : ll_fail(ctx, LL_ERR_ARGUMENT, "no file of matches to read");
  for (size_t k = 0; k < n && status == LL_OK; k++) {
    struct stat info;
    uint32_t before;
    bool is_new;
    char number[64];
    const char *known_by = paths[k];
    if (stat(paths[k], &info) == 0 && S_ISREG(info.st_mode)) {
      snprintf(number, sizeof number, "//%ju:%ju", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino);
      known_by = number;
    }
    status = ll_words_add(ctx, &words, known_by, strlen(known_by), &before, &is_new);
    if (status != LL_OK || is_new) continue;
    bool same_path = strcmp(paths[before], paths[k]) == 0;
    status = same_path ? ll_fail(ctx, LL_ERR_ARGUMENT, "%s stands twice among the files", paths[k])
                       : ll_fail(ctx, LL_ERR_ARGUMENT, "%s is the same file as %s: it stands twice among the files", paths[k],
                                 paths[before]);
  }
  ll_words_free(ctx, &words);
  return status;
}

/* The name of a set: that of its first file, without folder and what it ends in. */
static ll_status name_of(ll_ctx *ctx, const char *path, char **out) {
  static const char *const endings[] = {".gz", ".zst", ".pin", ".tab", ".tsv", ".txt"};
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  size_t n = strlen(base);
  void *block;
  for (size_t k = 0; k < sizeof endings / sizeof *endings; k++) {
    size_t size = strlen(endings[k]);
    if (n > size && ll_pin_is((const unsigned char *)base + n - size, size, endings[k])) n -= size;
  }
  LL_TRY(ll_calloc(ctx, &block, n + 1, 1));
  memcpy(block, base, n);
  *out = block;
  return LL_OK;
}

static ll_status take(ll_pin *pin, ll_psms *psms) {
  void *block;
  LL_TRY(ll_calloc(pin->ctx, &block, 1, sizeof *psms->texts));
  psms->texts = block;
  LL_TRY(ll_alloc(pin->ctx, &block, pin->file_names.count * sizeof *psms->files));
  const char **files = block;
  psms->rows = pin->rows, psms->spectra = pin->n_spectra;
  psms->texts->texts = pin->texts, pin->texts = (ll_texts){0};
  psms->texts->files = pin->file_names, pin->file_names = (ll_words){0};
  psms->texts->scans = pin->scan_words, pin->scan_words = (ll_words){0};
  psms->texts->prefixes = pin->prefixes, pin->prefixes = NULL;
  psms->n_files = psms->texts->files.count;
  for (size_t k = 0; k < psms->n_files; k++) files[k] = ll_words_at(&psms->texts->files, k);
  psms->files = files;
  psms->file = pin->files, pin->files = NULL;
  psms->mass = pin->masses, pin->masses = NULL;
  psms->calculated = pin->calculated, pin->calculated = NULL;
  if (pin->grouped) psms->scan = pin->scans, pin->scans = NULL;
  psms->directions = pin->directions, pin->directions = NULL;
  psms->has_mass = pin->has[LL_PIN_MASS], psms->has_calculated = pin->has[LL_PIN_CALCULATED];
  psms->has_peptides = pin->has[LL_PIN_PEPTIDE], psms->has_proteins = pin->has[LL_PIN_PROTEINS];
  return LL_OK;
}

ll_status ll_psms_read(ll_ctx *ctx, const char *const *paths, size_t n_paths, const ll_psms_options *options, ll_psms **out) {
  static const ll_psms_options none;
  ll_status status = LL_OK;
  ll_builder builder = {.multiclass = false};
  ll_pin pin;
  ll_source first = {.file = -1}, later;
  ll_psms *psms = NULL;
  char *name = NULL;
  void *block;
  *out = NULL;
  if (!options) options = &none;
  LL_TRY(check_paths(ctx, paths, n_paths));
  ll_pin_begin(&pin, ctx, &builder,
               &(ll_pin_options){.missing = options->missing,
                                 .constant = options->constant,
                                 .exclude = options->exclude,
                                 .n_exclude = options->n_exclude,
                                 .exclude_word = "exclude",
                                 .texts = true});
  LL_GOTO(cleanup, read_file(&pin, paths[0], NULL, &first));
  for (size_t k = 1; k < n_paths; k++) LL_GOTO(cleanup, read_file(&pin, paths[k], &first, &later));
  LL_GOTO(cleanup, ll_pin_finish(&pin));
  LL_GOTO(cleanup, ll_calloc(ctx, &block, 1, sizeof *psms));
  psms = block;
  LL_GOTO(cleanup, take(&pin, psms));
  if (options->about_spectra) LL_GOTO(cleanup, ll_psms_add_spectrum_columns(ctx, psms, &builder, paths[0]));
  LL_GOTO(cleanup, name_of(ctx, paths[0], &name));
  LL_GOTO(cleanup, ll_builder_finish(ctx, &builder, paths[0], name, &psms->data));
  ll_hasher_wait(&first.hasher);
  ll_hash_end(&first.hasher.hash, ll_data_shared_of(psms->data)->info.hash);
  *out = psms, psms = NULL;
cleanup:
  ll_free(ctx, name);
  ll_psms_free(ctx, psms);
  if (first.file >= 0) ll_source_close(ctx, &first);
  ll_pin_free(&pin);
  ll_builder_free(ctx, &builder);
  return status;
}

/* Words as an array of texts, which stand behind it. */
static ll_status as_list(ll_ctx *ctx, const ll_words *words, char ***names) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, words->count * sizeof **names + words->used));
  *names = block;
  char *text = (char *)(*names + words->count);
  if (words->used) memcpy(text, words->text, words->used);
  for (size_t j = 0; j < words->count; j++) (*names)[j] = text + words->starts[j];
  return LL_OK;
}

ll_status ll_psms_column_names(ll_ctx *ctx, const char *path, char ***names, size_t *count) {
  ll_status status = LL_OK;
  ll_builder builder = {.multiclass = false};
  ll_words header = {0};
  ll_pin pin;
  ll_source source = {.file = -1};
  *names = NULL, *count = 0;
  ll_pin_begin(&pin, ctx, &builder, &(ll_pin_options){.exclude_word = "exclude"});
  pin.header = &header;
  LL_GOTO(cleanup, read_file(&pin, path, NULL, &source));
  LL_GOTO(cleanup, as_list(ctx, &header, names));
  *count = header.count;
cleanup:
  if (source.file >= 0) ll_source_close(ctx, &source);
  ll_words_free(ctx, &header);
  ll_pin_free(&pin);
  ll_builder_free(ctx, &builder);
  return status;
}

ll_data *ll_psms_take_data(ll_psms *psms) {
  ll_data *data = psms->data;
  psms->data = NULL;
  return data;
}

void ll_psms_free(ll_ctx *ctx, ll_psms *psms) {
  if (!psms) return;
  ll_data_free(ctx, psms->data);
  if (psms->texts) {
    ll_texts_free(ctx, &psms->texts->texts);
    ll_words_free(ctx, &psms->texts->files);
    ll_words_free(ctx, &psms->texts->scans);
    ll_free(ctx, psms->texts->prefixes);
  }
  ll_free(ctx, psms->texts);
  ll_free(ctx, (void *)(uintptr_t)psms->files);
  ll_free(ctx, psms->file);
  ll_free(ctx, psms->mass);
  ll_free(ctx, psms->calculated);
  ll_free(ctx, psms->scan);
  ll_free(ctx, psms->directions);
  ll_free(ctx, psms);
}

static const char *text_of(const ll_psms *psms, size_t row, size_t field, size_t *size) {
  size_t n;
  return ll_texts_at(&psms->texts->texts, row, field, size ? size : &n);
}

const char *ll_psms_id(const ll_psms *psms, size_t row, size_t *size) { return text_of(psms, row, LL_PIN_TEXT_ID, size); }
const char *ll_psms_peptide(const ll_psms *psms, size_t row, size_t *size) { return text_of(psms, row, LL_PIN_TEXT_PEPTIDE, size); }
const char *ll_psms_proteins(const ll_psms *psms, size_t row, size_t *size) {
  return text_of(psms, row, LL_PIN_TEXT_PROTEINS, size);
}

double ll_psms_scan(const ll_psms *psms, size_t row, const char **text) {
  double scan = psms->scan ? psms->scan[row] : (double)NAN;
  *text = NULL;
  if (ll_pin_scan_is_word(scan) && ll_pin_scan_number(scan) < psms->texts->scans.count)
    *text = ll_words_at(&psms->texts->scans, ll_pin_scan_number(scan));
  return scan;
}
