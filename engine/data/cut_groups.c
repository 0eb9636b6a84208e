/* Groups that are joined by domains: rows of one group, and groups with a domain in common, for a cut that must part neither.
 * Domains of many rows join first, as long as what hangs together stays small enough to be dealt. */
#include "losslab/data.h"

/* Groups that hang together, as a forest: of a root its number of rows. */
typedef struct forest {
  uint32_t *parent, *rows;
} forest;

static uint32_t root_of(forest *f, uint32_t group) {
  while (f->parent[group] != group) group = f->parent[group] = f->parent[f->parent[group]];
  return group;
}

/* Joins the trees of two groups unless they have more than `most` rows together; returns whether they are one. */
static bool join(forest *f, uint32_t a, uint32_t b, size_t most) {
  a = root_of(f, a), b = root_of(f, b);
  if (a == b) return true;
  if ((size_t)f->rows[a] + f->rows[b] > most) return false;
  uint32_t under = f->rows[a] < f->rows[b] ? a : b, over = under == a ? b : a;
  f->parent[under] = over;
  f->rows[over] += f->rows[under];
  return true;
}

/* Places of rows by their domains, and domains by their number of rows. */
typedef struct domains {
  size_t count;
  const uint32_t *of; /* of each row of the set */
  uint32_t *starts;   /* of each domain its first in places; count + 1 */
  uint32_t *places;   /* n */
  uint32_t *order;    /* those of 2 to `most` rows, the most first */
  size_t ordered;
} domains;

static uint32_t row_at(const uint32_t *rows, size_t i) { return rows ? rows[i] : (uint32_t)i; }

static void list_places(domains *d, const uint32_t *rows, size_t n) {
  for (size_t k = 0; k <= d->count; k++) d->starts[k] = 0;
  for (size_t i = 0; i < n; i++) d->starts[d->of[row_at(rows, i)]]++;
  for (size_t k = 1; k <= d->count; k++) d->starts[k] += d->starts[k - 1];
  for (size_t i = n; i-- > 0;) d->places[--d->starts[d->of[row_at(rows, i)]]] = (uint32_t)i;
}

static size_t size_of(const domains *d, size_t k) { return d->starts[k + 1] - d->starts[k]; }

/* A counting sort; at: most + 1 numbers. */
static void order_by_size(domains *d, size_t most, uint32_t *at) {
  for (size_t size = 0; size <= most; size++) at[size] = 0;
  for (size_t k = 0; k < d->count; k++)
    if (size_of(d, k) >= 2 && size_of(d, k) <= most) at[size_of(d, k)]++, d->ordered++;
  for (size_t size = most, before = 0; size >= 2; size--) {
    size_t these = at[size];
    at[size] = (uint32_t)before;
    before += these;
  }
  for (size_t k = 0; k < d->count; k++)
    if (size_of(d, k) >= 2 && size_of(d, k) <= most) d->order[at[size_of(d, k)]++] = (uint32_t)k;
}

static void join_by_domains(forest *f, const domains *d, const uint32_t *groups, size_t most) {
  for (size_t j = 0; j < d->ordered; j++) {
    size_t k = d->order[j];
    uint32_t last = groups[d->places[d->starts[k]]];
    for (size_t at = d->starts[k] + 1; at < d->starts[k + 1]; at++) {
      uint32_t group = groups[d->places[at]];
      if (!join(f, last, group, most)) last = group; /* the others may still fit with this one */
    }
  }
}

/* Numbers from 0 in the order in which things first come; met: UINT32_MAX for each thing. */
static size_t number(uint32_t *things, size_t n, uint32_t *met) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    if (met[things[i]] == UINT32_MAX) met[things[i]] = (uint32_t)count++;
    things[i] = met[things[i]];
  }
  return count;
}

static void forget(uint32_t *met, size_t n) {
  for (size_t k = 0; k < n; k++) met[k] = UINT32_MAX;
}

ll_status ll_data_cut_groups(ll_ctx *ctx, const ll_data *data, const uint32_t *rows, size_t n, size_t most, uint32_t *groups,
                             size_t *count) {
  const ll_data_info *info = data->info;
  ll_status status = LL_OK;
  forest f = {0};
  domains d = {.count = info->n_domains, .of = data->domains};
  void *met = NULL, *blocks[5] = {0};
  if (!rows) n = data->x.rows;
  if (most > n) most = n;
  size_t known = data->groups ? info->n_groups : n;
  LL_GOTO(cleanup, ll_alloc(ctx, &met, (known + 1) * sizeof(uint32_t)));
  for (size_t i = 0; i < n; i++) groups[i] = data->groups ? data->groups[row_at(rows, i)] : (uint32_t)i;
  forget(met, known);
  size_t own = *count = number(groups, n, met);
  if (!data->domains || most < 2) goto cleanup;
  const size_t sizes[5] = {own, own, d.count + 1, n, d.count};
  for (size_t b = 0; b < 5; b++) LL_GOTO(cleanup, ll_alloc(ctx, &blocks[b], sizes[b] * sizeof(uint32_t)));
  f = (forest){blocks[0], blocks[1]};
  d.starts = blocks[2], d.places = blocks[3], d.order = blocks[4];
  list_places(&d, rows, n);
  void *at;
  LL_GOTO(cleanup, ll_alloc(ctx, &at, (most + 1) * sizeof(uint32_t)));
  order_by_size(&d, most, at);
  ll_free(ctx, at);
  for (size_t k = 0; k < own; k++) f.parent[k] = (uint32_t)k, f.rows[k] = 0;
  for (size_t i = 0; i < n; i++) f.rows[groups[i]]++;
  join_by_domains(&f, &d, groups, most);
  for (size_t i = 0; i < n; i++) groups[i] = root_of(&f, groups[i]);
  forget(met, own);
  *count = number(groups, n, met);
cleanup:
  for (size_t b = 0; b < 5; b++) ll_free(ctx, blocks[b]);
  ll_free(ctx, met);
  return status;
}
