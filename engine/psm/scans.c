/* Which matches are of one scan, whatever its precursor was taken for: what a cut must not part. */
#include <math.h>

#include "engine/psm/distinct.h"
#include "engine/psm/psm.h"

/* What a scan is known by: no padding, so that its bytes can be compared. */
typedef struct scan_key {
  uint32_t file, prefix;
  const char *text; /* of a scan that is no number, */
  double number;    /* else this, never -0, */
  uint64_t row;     /* or, of one that has no scan, its row, from 1 */
} scan_key;

ll_status ll_psms_scan_groups(ll_ctx *ctx, const ll_psms *psms, uint32_t *groups, size_t *count) {
  ll_distinct distinct = {.size = 0};
  ll_status status = LL_OK;
  void *block = NULL;
  *count = 0;
  LL_GOTO(cleanup, ll_calloc(ctx, &block, psms->rows, sizeof(scan_key)));
  scan_key *keys = block;
  for (size_t i = 0; i < psms->rows; i++) {
    double number = ll_psms_scan(psms, i, &keys[i].text);
    keys[i].file = psms->file[i];
    if (psms->texts->prefixes) keys[i].prefix = psms->texts->prefixes[i];
    if (isnan(number) && !keys[i].text) keys[i].row = i + 1;
    else if (!keys[i].text) keys[i].number = number + 0.0;
    LL_GOTO(cleanup, ll_distinct_add(ctx, &distinct, (const char *)&keys[i], sizeof keys[i], &groups[i]));
  }
  *count = distinct.count;
cleanup:
  ll_distinct_free(ctx, &distinct);
  ll_free(ctx, block);
  return status;
}
