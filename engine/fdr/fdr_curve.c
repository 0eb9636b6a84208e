/* Targets and false ones at or above each distinct score, by one sort and one walk down, and the q-values, by one walk up. Methods
 * differ in how decoys become false targets alone, so that q-values and PEPs of each read the same curve. */
#include "engine/base/sort.h"
#include "engine/fdr/fdr_parts.h"
#include "engine/matrix/inputs.h"

const char *const ll_fdr_method_names[LL_FDR_METHODS + 1] = {"tdc", "separate", "mixmax", NULL};

ll_status ll_fdr_check(ll_ctx *ctx, const char *who, const ll_matrix *scores, const ll_matrix *labels, const ll_matrix *groups,
                       const char *group) {
  ll_input desc[3] = {{"scores", "n,1", LL_INPUT_MATRIX}};
  ll_matrix inputs[3] = {*scores};
  size_t n = 1;
  if (labels) desc[n] = (ll_input){"labels", "n,1", LL_INPUT_BINARY}, inputs[n++] = *labels;
  if (groups) desc[n] = (ll_input){group, "n,1", LL_INPUT_IDENTITY}, inputs[n++] = *groups;
  if (ll_matrix_count(scores) > UINT32_MAX - 1)
    return ll_fail(ctx, LL_ERR_RANGE, "%s: scores %zux%zu, at most 2^32 - 2 rows", who, scores->rows, scores->cols);
  return ll_inputs_check(ctx, who, desc, n, 0, inputs);
}

ll_status ll_fdr_check_options(ll_ctx *ctx, const char *who, const ll_fdr_options *options) {
  if (!options || (options->pi0 >= 0 && options->pi0 <= 1)) return LL_OK;
  return ll_fail(ctx, LL_ERR_RANGE, "%s: pi0 is %g, a share from 0 to 1 expected", who, options->pi0);
}

/* Which rows count, sorted from the highest score down; equal scores in the order of the rows. */
static ll_status sort_rows(ll_ctx *ctx, const ll_matrix *scores, const uint8_t *rows, const uint32_t *chosen, size_t n,
                           ll_fdr_curve *curve) {
  void *block;
  LL_TRY(ll_alloc(ctx, &block, 2 * n * sizeof(ll_record) + LL_SORT_COUNTS * sizeof(uint32_t)));
  ll_record *records = block;
  size_t m = 0;
  for (size_t i = 0; i < n; i++) {
    size_t row = chosen ? chosen[i] : i;
    if (!rows || rows[row]) records[m++] = ll_record_of_key(~ll_key_of(ll_matrix_row(scores, row)[0]), row);
  }
  const ll_record *sorted = ll_sort_records(records, records + n, m, (uint32_t *)(records + 2 * n));
  curve->n = m;
  for (size_t i = 0; i < m; i++) {
    if (i && ll_record_key(&sorted[i]) != ll_record_key(&sorted[i - 1])) curve->ends[curve->steps++] = (uint32_t)i;
    curve->order[i] = ll_record_row(&sorted[i]);
  }
  if (m) curve->ends[curve->steps++] = (uint32_t)m;
  ll_free(ctx, block);
  return LL_OK;
}

/* P(X < z), the chance that the right peptide's score lies below a decoy's: of the shares of targets and decoys at or below it. */
static double outdone(double targets, double decoys, double pi0) {
  if (!(pi0 < 1) || decoys <= 0) return 0;
  double p = (targets - pi0 * decoys) / ((1 - pi0) * decoys);
  return p < 0 ? 0 : p > 1 ? 1 : p;
}

static void count(const ll_matrix *labels, const ll_fdr_options *options, ll_fdr_curve *curve) {
  double all_targets = 0, all_decoys = 0, targets = 0, decoys = 0, hidden = 0;
  for (size_t i = 0; i < curve->n; i++) all_targets += ll_fdr_is_target(labels, curve->order[i]);
  all_decoys = (double)curve->n - all_targets;
  double share = all_targets / (all_decoys > 0 ? all_decoys : 1);
  for (size_t k = 0, i = 0; k < curve->steps; k++) {
    double left_targets = all_targets - targets, left_decoys = all_decoys - decoys, here = 0, both = (double)(curve->ends[k] - i);
    for (; i < curve->ends[k]; i++) here += ll_fdr_is_target(labels, curve->order[i]);
    targets += here, decoys += both - here;
    if (options->method == LL_FDR_MIXMAX && both > here && all_targets > 0)
      hidden += (both - here) * (1 - options->pi0) * outdone(left_targets / all_targets, left_decoys / all_decoys, options->pi0);
    curve->targets[k] = targets;
    curve->wrong[k] = options->method == LL_FDR_TDC ? decoys + 1 : share * (options->pi0 * (decoys + 1) + hidden);
  }
}

static void find_q(ll_fdr_curve *curve) {
  double q = 1;
  for (size_t k = curve->steps; k-- > 0;) {
    double here = curve->targets[k] > 0 ? curve->wrong[k] / curve->targets[k] : 1;
    if (here < q) q = here;
    curve->q[k] = q;
  }
}

ll_status ll_fdr_curve_open(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_fdr_options *options,
                            const uint32_t *chosen, size_t n, ll_fdr_curve *out) {
  void *rows, *numbers;
  ll_status status;
  *out = (ll_fdr_curve){0};
  LL_GOTO(failed, ll_alloc(ctx, &rows, 2 * n * sizeof(uint32_t)));
  out->order = rows, out->ends = out->order + n;
  LL_GOTO(failed, ll_alloc(ctx, &numbers, 3 * n * sizeof(double)));
  out->targets = numbers, out->wrong = out->targets + n, out->q = out->wrong + n;
  LL_GOTO(failed, sort_rows(ctx, scores, options->rows, chosen, n, out));
  count(labels, options, out);
  find_q(out);
  return LL_OK;
failed:
  ll_fdr_curve_close(ctx, out);
  return status;
}

void ll_fdr_curve_close(ll_ctx *ctx, ll_fdr_curve *curve) {
  ll_free(ctx, curve->order);   /* one block with ends */
  ll_free(ctx, curve->targets); /* one block with wrong and q */
  *curve = (ll_fdr_curve){0};
}

void ll_fdr_curve_qvalues(const ll_fdr_curve *curve, ll_matrix *out) {
  for (size_t k = 0, i = 0; k < curve->steps; k++)
    for (; i < curve->ends[k]; i++) ll_matrix_row(out, curve->order[i])[0] = (ll_real)curve->q[k];
}

ll_status ll_fdr_qvalues(ll_ctx *ctx, const ll_matrix *scores, const ll_matrix *labels, const ll_fdr_options *options,
                         ll_matrix *out) {
  ll_fdr_options asked = ll_fdr_options_or_defaults(options);
  ll_fdr_curve curve;
  *out = (ll_matrix){0};
  LL_TRY(ll_fdr_check(ctx, "qvalues", scores, labels, NULL, NULL));
  LL_TRY(ll_fdr_check_options(ctx, "qvalues", options));
  LL_TRY(ll_fdr_curve_open(ctx, scores, labels, &asked, NULL, scores->rows, &curve));
  ll_status status = ll_matrix_new(ctx, scores->rows, 1, out);
  if (status == LL_OK) {
    ll_matrix_fill(out, 1);
    ll_fdr_curve_qvalues(&curve, out);
  }
  ll_fdr_curve_close(ctx, &curve);
  return status;
}
