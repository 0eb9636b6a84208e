/* losslab/axioms.h: the axioms of a metric, as the rows of distances and divergences declare them. */
#ifndef LOSSLAB_AXIOMS_H
#define LOSSLAB_AXIOMS_H

#ifdef __cplusplus
extern "C" {
#endif

/* For all x, y, z. */
enum {
  LL_AXIOM_NONNEGATIVE = 1, /* d(x, y) >= 0 */
  LL_AXIOM_IDENTITY = 2,    /* d(x, y) = 0 exactly where x = y */
  LL_AXIOM_SYMMETRIC = 4,   /* d(x, y) = d(y, x) */
  LL_AXIOM_TRIANGLE = 8,    /* d(x, z) <= d(x, y) + d(y, z) */
  LL_AXIOMS_METRIC = 15
};

typedef struct ll_axioms {
  unsigned hold;              /* those that do */
  const char *where;          /* under which condition, or NULL: always */
  const char *counterexample; /* of each that does not: "identity: (1), (2); triangle: (1, 0), (1, 1), (0, 1)"; NULL: all hold */
} ll_axioms;

#ifdef __cplusplus
}
#endif
#endif
