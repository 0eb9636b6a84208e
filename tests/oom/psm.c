/* Matches read, taken apart and written with each of their allocations failing in turn. */
#include "engine/data/read/source.h"

#include "tests/data_file.h"
#include "tests/sweep.h"

static char path[3][600];
static size_t files;
static ll_psms_options options;

static ll_status all(ll_ctx *ctx) {
  const char *const paths[] = {path[0], path[1]};
  ll_psms *psms;
  ll_psms_protein_lists lists;
  uint32_t *groups = NULL;
  size_t count;
  void *block;
  ll_status status = ll_psms_read(ctx, paths, files, &options, &psms);
  if (status != LL_OK) {
    if (psms) ok(false, "matches are given after a failure");
    return status;
  }
  ll_data *data = ll_psms_take_data(psms);
  LL_GOTO(cleanup, ll_alloc(ctx, &block, psms->rows * sizeof *groups));
  groups = block;
  if (psms->has_peptides) LL_GOTO(cleanup, ll_psms_peptide_groups(ctx, psms, NULL, 0, groups, &count));
  LL_GOTO(cleanup, ll_psms_scan_groups(ctx, psms, groups, &count));
  if (psms->has_proteins) {
    LL_GOTO(cleanup, ll_psms_proteins_of(ctx, psms, &lists));
    ll_psms_protein_lists_free(ctx, &lists);
  }
  const ll_psms_column columns[] = {{.name = "id", .field = LL_PSMS_ID},
                                    {.name = "label", .values = data->y.data, .stride = data->y.stride, .format = "%.2f"},
                                    {.name = "proteins", .field = LL_PSMS_PROTEINS}};
  LL_GOTO(cleanup, ll_psms_write(ctx, psms, path[2], NULL, 0, columns, 3));
cleanup:
  ll_free(ctx, groups);
  ll_data_free(ctx, data);
  ll_psms_free(ctx, psms);
  return status;
}

static ll_status columns_alone(ll_ctx *ctx) {
  char **names;
  size_t count;
  LL_TRY(ll_psms_column_names(ctx, path[0], &names, &count));
  if (count != 9 || strcmp(names[0], "SpecId") != 0 || strcmp(names[8], "Proteins") != 0) ok(false, "the names of the columns");
  ll_free(ctx, names);
  return LL_OK;
}

static ll_status marks(ll_ctx *ctx) {
  ll_data *data, *view = NULL;
  unsigned char *bytes = NULL;
  size_t size;
  ll_matrix out = {0};
  LL_TRY(ll_data_read(ctx, path[0], NULL, &data));
  ll_status status = ll_data_view(ctx, data, NULL, 0, NULL, &view);
  if (status == LL_OK) status = ll_psm_marks(ctx, view, 1, &bytes, &size);
  if (status == LL_OK) status = ll_psm_marked(ctx, bytes, size, view, 1, &out);
  ll_matrix_release(ctx, &out);
  ll_free(ctx, bytes);
  ll_data_free(ctx, view), ll_data_free(ctx, data);
  return status;
}

static ll_status as_a_set(ll_ctx *ctx) {
  ll_data *data;
  ll_status status = ll_data_read(ctx, path[0], NULL, &data);
  ll_data_free(ctx, data);
  return status;
}

/* rows lines of a row that has two places for its number, and one for its label. */
static void write_file(size_t k, const char *head, const char *row, int rows) {
  static char text[200000];
  size_t at = (size_t)snprintf(text, sizeof text, "%s", head);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  for (int i = 0; i < rows; i++) at += (size_t)snprintf(text + at, sizeof text - at, row, i, i % 2 * 2 - 1, i / 2);
#pragma GCC diagnostic pop
  char name[16];
  snprintf(name, sizeof name, "%zu.pin", k);
  snprintf(path[k], sizeof path[k], "%s", data_file(name, text, at));
}

int main(void) {
  static const char *const exclude[] = {"z*"};
  ll_source_chunk = 512; /* several windows, so that all that grows has to */
  write_file(2, "", "", 0);
  write_file(0, "SpecId\tLabel\tScanNr\tExpMass\ta\tb\tz\tPeptide\tProteins\nDefaultDirection\t-\t-\t-\t1\t2\t3\n",
             "s%d\t%d\t%d\t900\t1.123456789\t16777217\t7\tK.P.R\tq\tr\n", 400);
  write_file(1, "SpecId\tLabel\tScanNr\tb\tExpMass\ta\tz\tPeptide\tProteins\n", "t%d\t%d\tscan=%d\t2\t901\t3\t5\tK.Q.R\ts\n", 300);
  files = 2, options.exclude = exclude, options.n_exclude = 1, options.about_spectra = true;
  SWEEP(all, 40);
  SWEEP(columns_alone, 10);
  options = (ll_psms_options){.missing = LL_MISSING_DROP, .about_spectra = true};
  files = 1;
  write_file(0, "SpecId Label a a kind Peptide\n", "run_%d_2_1 %d %d 2 word K.P.R\nlost_1_1_1 1 nan 3 word K.P.R\n", 200);
  SWEEP(all, 30);
  write_file(0, "SpecId\tLabel\tfilename\ta\tequal\n", "other%1$d\t%2$d\tf%3$d\t%3$d\t%3$d\n", 200);
  SWEEP(all, 30);
  SWEEP(as_a_set, 20);
  SWEEP(marks, 25);
  for (size_t k = 0; k < 3; k++) unlink(path[k]);
  data_folder_done();
  return done();
}
