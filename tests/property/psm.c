/* Matches that were drawn are read as they were drawn, however the file is written, by how many bytes at a time and by how many
 * threads: numbers by strtod, spectra by comparing all pairs of rows, peptides and proteins by comparing all texts. Damaged files
 * give the same words however they are read. The seed of what is drawn: LOSSLAB_SEED, or 1. */
#include <math.h>

#include "engine/data/read/source.h"
#include "losslab/psm.h"

#include "tests/data_file.h"
#include "tests/tap.h"

enum { ROWS = 300, FEATURES = 5, FILES = 2, TEXT = 120, SIZE = 400000 };

static ll_ctx *ctx;
static uint64_t seed = 1;

typedef struct row {
  char id[40], peptide[40], proteins[TEXT], scan[24], mass[24], run[8], x[FEATURES][40];
  int label, file;
} row;
typedef struct drawn {
  row rows[ROWS];
  size_t n;
  bool has_mass, has_run, spaces;
} drawn;

static unsigned below(ll_random *r, uint32_t n) { return (unsigned)ll_random_below(r, n); }
static const char *one_of(ll_random *r, const char *const *words, uint32_t n) { return words[below(r, n)]; }

static void draw(ll_random *r, drawn *d) {
  static const char *const sevens[] = {"7", "07", "7.0", "70e-1", "+7"}, *const words[] = {"scan=7", "7a", "12345678901234567890"};
  static const char *const masses[] = {"900.5", "900.50", "9.005e2", "901", "-0", "0"};
  *d = (drawn){.n = 2 + below(r, ROWS - 2), .has_mass = below(r, 3), .has_run = below(r, 3) == 0, .spaces = below(r, 4) == 0};
  for (size_t i = 0; i < d->n; i++) {
    row *t = &d->rows[i];
    *t = (row){.label = i < 2 ? (int)i : (int)below(r, 2), .file = i * FILES >= d->n ? 1 : 0};
    snprintf(t->id, sizeof t->id, "psm-%u", below(r, 1000000));
    unsigned n = below(r, 5);
    snprintf(t->peptide, sizeof t->peptide,
             n == 0   ? "%s%s"
             : n == 1 ? "K.%s%s"
             : n == 2 ? "%s%s.R"
                      : "%s.%s.R",
             n > 2 ? "K" : "AB", below(r, 2) ? "P[16]" : "PE");
    for (size_t k = below(r, 4), at = 0; k > 0; k--)
      at += (size_t)snprintf(t->proteins + at, TEXT - at, "%sp%u", at ? "\t" : "", below(r, 9));
    snprintf(t->scan, sizeof t->scan, "%s", below(r, 8) ? one_of(r, sevens, 5) : one_of(r, words, 3));
    if (below(r, 3)) snprintf(t->scan, sizeof t->scan, "%u", below(r, 20));
    snprintf(t->mass, sizeof t->mass, "%s", one_of(r, masses, 6));
    snprintf(t->run, sizeof t->run, "run%u", below(r, 3));
    for (int j = 0; j < FEATURES; j++) {
      double value = ll_random_normal(r) * pow(10, (double)below(r, 8) - 3);
      snprintf(t->x[j], sizeof t->x[j], below(r, 4) ? "%.6g" : below(r, 2) ? "%.17g" : "%.0f", value);
    }
  }
}

/* The file number `file` as text: its columns may stand in another order than those of the first. */
static size_t print(ll_random *r, const drawn *d, int file, char *text) {
  int order[FEATURES];
  bool crlf = below(r, 3) == 0;
  size_t at = 0;
  for (int j = 0; j < FEATURES; j++) order[j] = j;
  for (int j = FEATURES - 1; file && j > 0; j--) {
    int k = (int)below(r, (uint32_t)j + 1), kept = order[j];
    order[j] = order[k], order[k] = kept;
  }
  const char *end = crlf ? "\r\n" : "\n";
  if (below(r, 4) == 0) at += (size_t)sprintf(text + at, "\xef\xbb\xbf");
  at += (size_t)sprintf(text + at, "SpecId\tLabel\tScanNr%s%s", d->has_mass ? "\tExpMass" : "", d->has_run ? "\tfilename" : "");
  for (int j = 0; j < FEATURES; j++) at += (size_t)sprintf(text + at, "\tf%d", order[j]);
  at += (size_t)sprintf(text + at, "\tPeptide\tProteins%s", end);
  if (below(r, 2)) at += (size_t)sprintf(text + at, "DefaultDirection\t-\t-\t-%s", end);
  static const char *const labels[][2] = {{"-1", "1"}, {"0", "1"}, {"False", "true"}, {"decoy", "Target"}};
  const char *const *label = labels[below(r, 4)];
  for (size_t i = 0; i < d->n; i++) {
    const row *t = &d->rows[i];
    if (t->file != file) continue;
    at += (size_t)sprintf(text + at, "%s\t%s\t%s", t->id, label[t->label], t->scan);
    if (d->has_mass) at += (size_t)sprintf(text + at, "\t%s", t->mass);
    if (d->has_run) at += (size_t)sprintf(text + at, "\t%s", t->run);
    for (int j = 0; j < FEATURES; j++) at += (size_t)sprintf(text + at, "\t%s", t->x[order[j]]);
    at += (size_t)sprintf(text + at, "\t%s%s%s%s", t->peptide, *t->proteins ? "\t" : "", t->proteins, end);
  }
  if (below(r, 3) == 0) at -= strlen(end);
  else if (below(r, 3) == 0) at += (size_t)sprintf(text + at, "  %s\t%s", end, end);
  if (!d->spaces) return at;
  char *copy = malloc(4 * at + 1);
  if (!copy) exit(1);
  size_t n = 0;
  for (size_t k = 0; k < at; k++) {
    if (text[k] != '\t') copy[n++] = text[k];
    else n += (size_t)sprintf(copy + n, "%*s", 1 + (int)below(r, 3), "");
  }
  memcpy(text, copy, n);
  free(copy);
  return n;
}

static bool is_number(const char *text, double *value) {
  char *end;
  *value = strtod(text, &end);
  return *end == 0 && fabs(*value) < 9e15;
}

static bool same_scan(const char *a, const char *b) {
  double p, q;
  bool numbers = is_number(a, &p) && is_number(b, &q);
  return numbers ? p == q : strcmp(a, b) == 0;
}

static bool same_spectrum(const drawn *d, size_t a, size_t b) {
  const row *p = &d->rows[a], *q = &d->rows[b];
  bool file = d->has_run ? strcmp(p->run, q->run) == 0 : p->file == q->file;
  return file && same_scan(p->scan, q->scan) && (!d->has_mass || strtod(p->mass, NULL) == strtod(q->mass, NULL));
}

static void bare(const char *peptide, char *to) {
  size_t n = strlen(peptide);
  bool flanked = n > 4 && peptide[1] == '.' && peptide[n - 2] == '.';
  sprintf(to, "%.*s", (int)(flanked ? n - 4 : n), peptide + (flanked ? 2 : 0));
}

/* The first row that is not what was drawn, or n. */
static size_t first_wrong(const drawn *d, const ll_psms *psms) {
  for (size_t i = 0; i < d->n; i++) {
    const row *t = &d->rows[i];
    const char *text;
    double scan = ll_psms_scan(psms, i, &text), want;
    bool right = strcmp(ll_psms_id(psms, i, NULL), t->id) == 0 && strcmp(ll_psms_peptide(psms, i, NULL), t->peptide) == 0 &&
                 strcmp(ll_psms_proteins(psms, i, NULL), t->proteins) == 0;
    right = right && (is_number(t->scan, &want) ? !text && scan == want : text && strcmp(text, t->scan) == 0);
    right = right && (d->has_mass ? psms->mass[i] == strtod(t->mass, NULL) : isnan(psms->mass[i]));
    right = right && (d->has_run ? strcmp(psms->files[psms->file[i]], t->run) == 0 : (int)psms->file[i] == t->file);
    right = right && psms->data->y.data[i] == (ll_real)t->label;
    for (int j = 0; j < FEATURES && right; j++) {
      char name[8];
      size_t at = 0;
      snprintf(name, sizeof name, "f%d", j);
      while (at < psms->data->info->n_columns && strcmp(psms->data->info->columns[at], name) != 0) at++;
      ll_real value = sizeof(ll_real) == 4 ? (ll_real)strtof(t->x[j], NULL) : (ll_real)strtod(t->x[j], NULL);
      right = at < FEATURES && ll_matrix_row(&psms->data->x, i)[at] == value;
    }
    for (size_t k = 0; k < i && right; k++) right = (psms->data->groups[k] == psms->data->groups[i]) == same_spectrum(d, k, i);
    if (!right) return i;
  }
  return d->n;
}

static bool right_groups(const drawn *d, const ll_psms *psms) {
  uint32_t groups[ROWS];
  size_t count, most = 0;
  bool right = true;
  works(ctx, ll_psms_peptide_groups(ctx, psms, NULL, 0, groups, &count));
  for (size_t i = 0; i < d->n; i++) {
    char a[40], b[40];
    bare(d->rows[i].peptide, a);
    right = right && groups[i] <= most;
    if (groups[i] == most) most++;
    for (size_t k = 0; k < i; k++) {
      bare(d->rows[k].peptide, b);
      right = right && (groups[i] == groups[k]) == (strcmp(a, b) == 0);
    }
  }
  return right && most == count;
}

/* Each protein of a row is in its list, and as many as there are different ones. */
static bool right_proteins(const drawn *d, const ll_psms *psms) {
  ll_psms_protein_lists p;
  bool right = true;
  works(ctx, ll_psms_proteins_of(ctx, psms, &p));
  for (size_t i = 0; i < d->n; i++) {
    char text[TEXT], *at = text, *word;
    size_t from = p.lists.starts[i], n = ll_lists_count(&p.lists, i), different = 0;
    for (size_t k = 1; k < n; k++) right = right && p.lists.items[from + k - 1] < p.lists.items[from + k];
    unsigned seen = 0;
    strcpy(text, d->rows[i].proteins);
    while (*text && (word = strsep(&at, "\t"))) {
      bool found = false;
      for (size_t k = 0; k < n; k++) {
        uint32_t item = p.lists.items[from + k];
        found = found || (p.sizes[item] == strlen(word) && memcmp(p.names[item], word, strlen(word)) == 0);
      }
      right = right && found;
      different += !(seen >> (word[1] - '0') & 1), seen |= 1u << (word[1] - '0');
    }
    right = right && different == n;
  }
  ll_psms_protein_lists_free(ctx, &p);
  return right;
}

static bool same_matches(const ll_psms *a, const ll_psms *b) {
  if (!a || !b) return a == b;
  bool same = a->rows == b->rows && a->spectra == b->spectra && a->n_files == b->n_files && a->data->x.cols == b->data->x.cols &&
              strcmp(a->data->info->hash, b->data->info->hash) == 0 && !a->data->groups == !b->data->groups &&
              a->data->info->n_notes == b->data->info->n_notes;
  for (size_t k = 0; same && k < a->data->info->n_notes; k++) same = strcmp(a->data->info->notes[k], b->data->info->notes[k]) == 0;
  same = same && memcmp(a->data->x.data, b->data->x.data, ll_matrix_count(&a->data->x) * sizeof(ll_real)) == 0;
  for (size_t i = 0; same && i < a->rows; i++)
    same = a->data->y.data[i] == b->data->y.data[i] && a->file[i] == b->file[i] &&
           strcmp(ll_psms_id(a, i, NULL), ll_psms_id(b, i, NULL)) == 0 &&
           strcmp(ll_psms_proteins(a, i, NULL), ll_psms_proteins(b, i, NULL)) == 0 &&
           (!a->data->groups || a->data->groups[i] == b->data->groups[i]);
  return same;
}

/* Reads again by a few bytes at a time and other numbers of threads: the same matches, or the same words. */
static bool same_in_pieces(const char *const *paths, const ll_psms_options *options, ll_status status, const ll_psms *psms,
                           ll_random *r) {
  size_t usual = ll_source_chunk, threads = ll_threads(0);
  char message[2048];
  ll_psms *again;
  snprintf(message, sizeof message, "%s", ll_message(ctx));
  ll_source_chunk = 16 + below(r, 1000);
  ll_threads(1 + below(r, 3));
  ll_status got = ll_psms_read(ctx, paths, FILES, options, &again);
  bool same = got == status && same_matches(psms, again) && (status == LL_OK || strcmp(message, ll_message(ctx)) == 0);
  if (!same)
    printf("#   by %zu bytes, %zu threads: %s, %s\n#   at once: %s, %s\n", ll_source_chunk, ll_threads(0), ll_status_name(got),
           ll_message(ctx), ll_status_name(status), message);
  ll_source_chunk = usual, ll_threads(threads);
  ll_psms_free(ctx, again);
  return same;
}

/* A byte changed, a piece left out or twice. */
static size_t damage(ll_random *r, char *text, size_t n) {
  static const char bytes[] = "\t\n\r -1x.\0\"e9";
  for (unsigned k = below(r, 4); k > 0 && n > 20; k--) {
    size_t at = below(r, (uint32_t)n), size = below(r, 12);
    if (at + size > n) size = n - at;
    switch (below(r, 3)) {
    case 0: text[at] = bytes[below(r, sizeof bytes - 1)]; break;
    case 1: memmove(text + at, text + at + size, n - at - size), n -= size; break;
    default: memmove(text + at + size, text + at, n - at), n += size; break;
    }
  }
  return n;
}

int main(void) {
  static drawn d;
  static char text[SIZE];
  char path[FILES][600];
  const char *const paths[FILES] = {path[0], path[1]};
  const char *given = getenv("LOSSLAB_SEED");
  if (given) seed = strtoull(given, NULL, 10);
  if (ll_ctx_open(&ctx) != LL_OK) return 1;
  ll_random r = ll_random_stream(seed, 0, "matches");
  size_t wrong = 0, groups = 0, proteins = 0, pieces = 0, damaged = 0, refused = 0, tries = tap_cases(120);
  for (size_t t = 0; t < tries; t++) {
    ll_psms *psms;
    draw(&r, &d);
    for (int k = 0; k < FILES; k++) {
      char name[16];
      size_t n = print(&r, &d, k, text);
      snprintf(name, sizeof name, "%d.pin", k);
      snprintf(path[k], sizeof path[k], "%s", data_file(name, text, n));
    }
    ll_status status = ll_psms_read(ctx, paths, FILES, NULL, &psms);
    works(ctx, status);
    if (status != LL_OK) return done();
    size_t bad = psms->rows == d.n ? first_wrong(&d, psms) : 0;
    if (bad < d.n && wrong++ < 3) printf("#   try %zu: row %zu of %zu is wrong\n", t, bad + 1, d.n);
    groups += !right_groups(&d, psms), proteins += !right_proteins(&d, psms);
    pieces += !same_in_pieces(paths, NULL, status, psms, &r);
    ll_psms_free(ctx, psms);
  }
  ok(wrong == 0, "%zu pairs of files are read as they were drawn, seed %llu", tries, (unsigned long long)seed);
  ok(groups == 0, "their peptides are numbered");
  ok(proteins == 0, "their proteins are listed");
  ok(pieces == 0, "in pieces and by threads as well");
  for (size_t t = 0; t < 3 * tries; t++) {
    ll_psms_options options = {.missing = (ll_missing)below(&r, LL_MISSING_COUNT), .constant = 2};
    ll_psms *psms;
    draw(&r, &d);
    for (int k = 0; k < FILES; k++) {
      char name[16];
      size_t n = damage(&r, text, print(&r, &d, k, text));
      snprintf(name, sizeof name, "%d.pin", k);
      snprintf(path[k], sizeof path[k], "%s", data_file(name, text, n));
    }
    ll_status status = ll_psms_read(ctx, paths, FILES, &options, &psms);
    refused += status != LL_OK;
    damaged += !same_in_pieces(paths, &options, status, psms, &r);
    ll_psms_free(ctx, psms);
  }
  ok(damaged == 0 && refused > 10, "damaged ones too: %zu are refused in the same words, seed %llu", refused,
     (unsigned long long)seed);
  for (int k = 0; k < FILES; k++) unlink(path[k]);
  data_folder_done();
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == 0, "nothing is left");
  ll_ctx_close(ctx);
  return done();
}
