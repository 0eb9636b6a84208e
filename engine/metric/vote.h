/* The vote of the nearest rows on a class, in the mean over the orders of rows at equal distances. */
#ifndef LOSSLAB_ENGINE_VOTE_H
#define LOSSLAB_ENGINE_VOTE_H

#include "engine/metric/neighbours.h"

/* A class that the rows near one query have. */
typedef struct ll_vote_party {
  uint32_t class;
  size_t sure, open;    /* its rows nearer than the last distance; those at it, of which only some are drawn */
  size_t first, peers;  /* the place of its nearest row, and its rows at that distance: they decide between equal votes */
  size_t low, high;     /* of its open rows low..high may be drawn, */
  const double *chance; /* with these chances */
  size_t limit;         /* with more of them drawn, the class that is asked about does not win; */
  bool idle, tie;       /* there are no more; with exactly so many, the first row decides */
} ll_vote_party;

typedef struct ll_vote {
  size_t classes;
  ll_real *labels;    /* of the classes, ascending */
  uint32_t *class_of; /* of the rows that vote */
  uint32_t *place;    /* of each class among the parties; UINT32_MAX: it is none */
  ll_vote_party *parties;
  size_t count;
  double *chances, *sums, *rest; /* room for the chances of all parties; for numbers of drawn rows */
  void *block;
} ll_vote;

/* [out] what a vote of any k rows with these labels (n,1) needs, to be given to ll_vote_close. Memory O(n). LL_ERR_MEMORY. */
ll_status ll_vote_open(ll_ctx *ctx, const ll_matrix *labels, size_t k, ll_vote *out);
void ll_vote_close(ll_ctx *ctx, ll_vote *vote);

/* The number of the class with this label, or `classes` if no row that votes has it. */
size_t ll_vote_class(const ll_vote *vote, ll_real label);

/* The chance that the rows near a query vote for a class: that most of the k have it, or as many as have any other and the nearest
 * of those is its. O(k) unless the k-th place cuts through t rows at one distance, of which r are drawn: then O(t + r^2) a class,
 * and up to O(r^3) where many classes may win. */
double ll_vote_for(ll_vote *vote, const ll_neighbours *near, size_t class);

#endif
