/* What a cut must not part: matches of one scan, and matches of one peptide. Scans are joined by the peptides that they share, those
 * of many matches first, as long as what hangs together stays small enough to be dealt. */
#include "engine/psm/psm.h"

/* Scans that hang together, as a forest: of a root its number of rows. */
typedef struct forest {
  uint32_t *parent, *rows;
} forest;

static uint32_t root_of(forest *f, uint32_t scan) {
  while (f->parent[scan] != scan) scan = f->parent[scan] = f->parent[f->parent[scan]];
  return scan;
}

/* Joins the trees of two scans unless they have more than `most` rows together; returns whether they are one. */
static bool join(forest *f, uint32_t a, uint32_t b, size_t most) {
  a = root_of(f, a), b = root_of(f, b);
  if (a == b) return true;
  if ((size_t)f->rows[a] + f->rows[b] > most) return false;
  uint32_t under = f->rows[a] < f->rows[b] ? a : b, over = under == a ? b : a;
  f->parent[under] = over;
  f->rows[over] += f->rows[under];
  return true;
}

/* Rows by their peptides, and peptides by their number of rows. */
typedef struct peptides {
  size_t count;
  uint32_t *of;     /* of each row */
  uint32_t *starts; /* of each its first place in rows; count + 1 */
  uint32_t *rows;   /* n */
  uint32_t *order;  /* those of 2 to `most` rows, the most first */
  size_t ordered;
} peptides;

static void list_rows(peptides *p, size_t n) {
  for (size_t k = 0; k <= p->count; k++) p->starts[k] = 0;
  for (size_t i = 0; i < n; i++) p->starts[p->of[i]]++;
  for (size_t k = 1; k <= p->count; k++) p->starts[k] += p->starts[k - 1];
  for (size_t i = n; i-- > 0;) p->rows[--p->starts[p->of[i]]] = (uint32_t)i;
}

static size_t size_of(const peptides *p, size_t k) { return p->starts[k + 1] - p->starts[k]; }

/* A counting sort; places: most + 2 numbers. */
static void order_by_size(peptides *p, size_t most, uint32_t *places) {
  for (size_t size = 0; size <= most + 1; size++) places[size] = 0;
  for (size_t k = 0; k < p->count; k++)
    if (size_of(p, k) >= 2 && size_of(p, k) <= most) places[size_of(p, k)]++, p->ordered++;
  for (size_t size = most, before = 0; size >= 2; size--) {
    size_t these = places[size];
    places[size] = (uint32_t)before;
    before += these;
  }
  for (size_t k = 0; k < p->count; k++)
    if (size_of(p, k) >= 2 && size_of(p, k) <= most) p->order[places[size_of(p, k)]++] = (uint32_t)k;
}

static void join_by_peptides(forest *f, const peptides *p, const uint32_t *scans, size_t most) {
  for (size_t j = 0; j < p->ordered; j++) {
    size_t k = p->order[j];
    uint32_t last = scans[p->rows[p->starts[k]]];
    for (size_t at = p->starts[k] + 1; at < p->starts[k + 1]; at++) {
      uint32_t scan = scans[p->rows[at]];
      if (!join(f, last, scan, most)) last = scan; /* the others may still fit with this one */
    }
  }
}

/* groups [inout]: of scans, and then of their roots in the order in which they come. names: a number for each scan. */
static size_t number_roots(forest *f, uint32_t *groups, size_t n, uint32_t *names, size_t scans) {
  size_t count = 0;
  for (size_t k = 0; k < scans; k++) names[k] = UINT32_MAX;
  for (size_t i = 0; i < n; i++) {
    uint32_t root = root_of(f, groups[i]);
    if (names[root] == UINT32_MAX) names[root] = (uint32_t)count++;
    groups[i] = names[root];
  }
  return count;
}

ll_status ll_psms_cut_groups(ll_ctx *ctx, const ll_psms *psms, size_t most, uint32_t *groups, size_t *count) {
  size_t n = psms->rows, scans;
  ll_status status = LL_OK;
  forest f = {0};
  peptides p = {0};
  void *blocks[6] = {0};
  *count = 0;
  if (most > n) most = n;
  LL_GOTO(cleanup, ll_psms_scan_groups(ctx, psms, groups, &scans));
  *count = scans;
  if (!psms->has_peptides || most < 2) goto cleanup;
  for (size_t b = 0; b < 3; b++) LL_GOTO(cleanup, ll_alloc(ctx, &blocks[b], n * sizeof(uint32_t)));
  p.of = blocks[0], p.rows = blocks[1], f.rows = blocks[2];
  LL_GOTO(cleanup, ll_psms_peptide_groups(ctx, psms, NULL, 0, p.of, &p.count));
  LL_GOTO(cleanup, ll_alloc(ctx, &blocks[3], (p.count + 1) * sizeof(uint32_t)));
  LL_GOTO(cleanup, ll_alloc(ctx, &blocks[4], p.count * sizeof(uint32_t)));
  LL_GOTO(cleanup, ll_alloc(ctx, &blocks[5], (most + 2 > scans ? most + 2 : scans) * sizeof(uint32_t)));
  p.starts = blocks[3], p.order = blocks[4], f.parent = blocks[5];
  list_rows(&p, n);
  order_by_size(&p, most, f.parent);
  for (size_t k = 0; k < scans; k++) f.parent[k] = (uint32_t)k, f.rows[k] = 0;
  for (size_t i = 0; i < n; i++) f.rows[groups[i]]++;
  join_by_peptides(&f, &p, groups, most);
  *count = number_roots(&f, groups, n, p.of, scans); /* scans are at most n, and peptides are not needed any more */
cleanup:
  for (size_t b = 0; b < 6; b++) ll_free(ctx, blocks[b]);
  return status;
}
