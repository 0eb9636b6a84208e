/* A trial's parts in one call: the split, the validation part out of the training part, then means for missing cells and a scaler
 * from the training rows alone; each part is gathered once. */
#include "engine/data/data.h"

typedef struct row_list {
  uint32_t *rows;
  size_t count;
} row_list;

static ll_status where(ll_ctx *ctx, const row_list *among, const uint32_t *part, size_t n, uint32_t value, bool equal,
                       row_list *out) {
  return ll_data_rows_where(ctx, among ? among->rows : NULL, part, n, value, equal, &out->rows, &out->count);
}

ll_status ll_data_cut(ll_ctx *ctx, const ll_data *data, const ll_cut *cut, ll_data **train, ll_data **test, ll_data **validation) {
  ll_status status = LL_OK;
  size_t n = data->x.rows;
  row_list rest = {0}, trained = {0}, tested = {0}, validated = {0};
  ll_scaler scaler = {0};
  ll_data_changes changes = {0};
  void *block = NULL, *means = NULL;
  ll_data *filled = NULL;
  bool views = cut->views && ll_matrix_count(&data->x) >= (cut->views + sizeof(ll_real) - 1) / sizeof(ll_real);
  *train = *test = *validation = NULL;
  if (cut->folds && cut->fold >= cut->folds)
    return ll_fail(ctx, LL_ERR_RANGE, "fold %zu of %zu asked for", cut->fold + 1, cut->folds);
  LL_TRY(ll_alloc(ctx, &block, n * sizeof(uint32_t)));
  uint32_t *part = block, held_out = cut->folds ? (uint32_t)cut->fold : 1;
  if (cut->folds) LL_GOTO(cleanup, ll_data_folds(ctx, data, NULL, 0, cut->folds, &cut->split, part));
  else LL_GOTO(cleanup, ll_data_holdout(ctx, data, NULL, 0, cut->test, &cut->split, part));
  LL_GOTO(cleanup, where(ctx, NULL, part, n, held_out, true, &tested));
  LL_GOTO(cleanup, where(ctx, NULL, part, n, held_out, false, &rest));
  if (cut->validation != 0) {
    ll_split_options options = cut->split;
    options.purpose = "validation";
    LL_GOTO(cleanup, ll_data_holdout(ctx, data, rest.rows, rest.count, cut->validation, &options, part));
    LL_GOTO(cleanup, where(ctx, &rest, part, rest.count, 1, true, &validated));
    LL_GOTO(cleanup, where(ctx, &rest, part, rest.count, 1, false, &trained));
  }
  const row_list *kept = trained.rows ? &trained : &rest;
  if (data->missing) {
    LL_GOTO(cleanup, ll_alloc(ctx, &means, data->x.cols * sizeof(double)));
    LL_GOTO(cleanup, ll_data_means(ctx, data, kept->rows, kept->count, means));
    if (views) LL_GOTO(cleanup, ll_data_part(ctx, data, NULL, 0, &(ll_data_changes){.fill = means}, true, &filled));
    else LL_GOTO(cleanup, ll_data_fill(ctx, data, means, &filled));
    data = filled;
  }
  if (cut->standardise) LL_GOTO(cleanup, ll_scaler_fit_data(ctx, data, kept->rows, kept->count, &scaler));
  if (cut->standardise) changes.scaler = &scaler;
  LL_GOTO(cleanup, ll_data_part(ctx, data, kept->rows, kept->count, &changes, views, train));
  LL_GOTO(cleanup, ll_data_part(ctx, data, tested.rows, tested.count, &changes, views, test));
  if (validated.rows) LL_GOTO(cleanup, ll_data_part(ctx, data, validated.rows, validated.count, &changes, views, validation));
cleanup:
  ll_scaler_free(ctx, &scaler);
  ll_data_free(ctx, filled);
  ll_free(ctx, means);
  ll_free(ctx, block);
  ll_free(ctx, rest.rows);
  ll_free(ctx, trained.rows);
  ll_free(ctx, tested.rows);
  ll_free(ctx, validated.rows);
  if (status != LL_OK) {
    ll_data_free(ctx, *train), ll_data_free(ctx, *test), ll_data_free(ctx, *validation);
    *train = *test = *validation = NULL;
  }
  return status;
}
