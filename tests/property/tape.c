/* With a tape every gradient is the one without it, to the bit: of every row of the op table, in first and second order, and of
 * programs drawn at random, which branch, use results and parameters again, differentiate gradients and go back twice. */
#include "engine/autograd/node.h"
#include "tests/op_cases.h"

static bool same_bits(const ll_node *a, const ll_node *b) {
  if (!a || !b) return a == b;
  if (a->value.rows != b->value.rows || a->value.cols != b->value.cols) return false;
  for (size_t i = 0; i < a->value.rows; i++)
    if (memcmp(ll_matrix_row(&a->value, i), ll_matrix_row(&b->value, i), a->value.cols * sizeof(ll_real)) != 0) return false;
  return true;
}

/* What a run gave: its value, and the gradient of each leaf. */
enum { MOST_LEAVES = 6 };
typedef struct outcome {
  ll_status status; /* of the backward: a third derivative is refused */
  ll_node *value, *grads[MOST_LEAVES];
} outcome;

static void outcome_free(outcome *o) {
  ll_node_release(ctx, o->value);
  for (int i = 0; i < MOST_LEAVES; i++) ll_node_release(ctx, o->grads[i]);
}

static bool same_outcome(const outcome *a, const outcome *b) {
  bool same = a->status == b->status && same_bits(a->value, b->value);
  for (int i = 0; i < MOST_LEAVES; i++) same = same && same_bits(a->grads[i], b->grads[i]);
  return same;
}

static void take_grads(ll_node **leaves, int n, outcome *o) {
  for (int i = 0; i < n; i++) {
    o->grads[i] = ll_node_retain(leaves[i]->grad);
    ll_node_clear_grad(ctx, leaves[i]);
  }
}

/* ---- rows ----------------------------------------------------------------------------------------------------------------------
 */

static outcome run_row(setting *s, bool second) {
  outcome o = {.value = second ? second_order(s) : first_order(s)};
  if (o.value->requires_grad) works(ctx, ll_backward(ctx, o.value, NULL, false));
  take_grads(s->inputs, s->op->arity, &o);
  return o;
}

static void check_row(const ll_op *op) {
  plan plans[6];
  size_t n = plans_of(op, plans);
  bool step = strstr(op->formula, "; no gradient") && !strstr(op->formula, "no gradient for"), same = true;
  ll_tape *tape;
  works(ctx, ll_tape_new(ctx, &tape));
  for (int round = 0; round < 3; round++)
    for (size_t k = 0; k < n; k++) {
      ll_random r = ll_random_stream((uint64_t)round, k, op->name);
      setting s = {.op = op, .p = &plans[k]};
      for (int i = 0; i < op->arity; i++) {
        s.inputs[i] = sampled(plans[k].shapes[i][0], plans[k].shapes[i][1], &r, op->low, op->high, true);
        s.directions[i] = sampled(plans[k].shapes[i][0], plans[k].shapes[i][1], &r, -1, 1, false);
      }
      if (factored(op))
        for (size_t e = 0; e < 3; e++) ll_matrix_row(&s.inputs[0]->value, e)[e] += 5;
      ll_node *y = called(op, &plans[k], s.inputs);
      s.weights = sampled(y->value.rows, y->value.cols, &r, 0.5, 1.5, false);
      ll_node_release(ctx, y);
      for (int second = 0; second < (step ? 1 : 2); second++) {
        outcome plain = run_row(&s, second), taped;
        ll_tape_begin(ctx, tape);
        taped = run_row(&s, second);
        ll_tape_end(ctx, tape);
        same = same && same_outcome(&plain, &taped);
        outcome_free(&plain), outcome_free(&taped);
      }
      for (int i = 0; i < op->arity; i++) ll_node_release(ctx, s.inputs[i]), ll_node_release(ctx, s.directions[i]);
      ll_node_release(ctx, s.weights);
    }
  ll_tape_counts counts = ll_tape_counted(tape);
  ok(same, "%s: the same bits with a tape", op->name);
  ok(counts.followed > 0 && counts.followed + counts.traces >= counts.calls, "%s: %d of %d calls were followed, %d ways", op->name,
     (int)counts.followed, (int)counts.calls, (int)counts.traces);
  ll_tape_free(ctx, tape);
}

/* ---- programs -------------------------------------------------------------------------------------------------------------------
 */

enum { SIDE = 3, LEAVES = 4, MOST_NODES = 40 };

typedef struct program {
  ll_random draws; /* of what is computed */
  ll_node *nodes[MOST_NODES];
  size_t count;
} program;

static void keep(program *p, ll_node *node) { p->nodes[p->count++] = node; }
static ll_node *any(program *p) { return p->nodes[ll_random_below(&p->draws, p->count)]; }

static ll_node *applied(const char *name, ll_node *a, ll_node *b) {
  ll_node *out = NULL;
  works(ctx, ll_apply(ctx, ll_op_find(name), (ll_node *[]){a, b}, &(ll_op_args){.a = 0.5, .b = 0.1}, &out));
  return out;
}

/* Sums of gradients of a number for some leaves, which are part of the graph; where the number depends on none, nothing. */
static void differentiate(program *p, ll_node **leaves) {
  ll_node *y = any(p), *sum = applied("sum", y, NULL), *out[2] = {NULL};
  size_t which = ll_random_below(&p->draws, LEAVES - 1);
  if (sum->requires_grad) {
    works(ctx, ll_grad(ctx, sum, NULL, &leaves[which], 2, true, true, out));
    keep(p, applied("tanh", out[0], NULL)), keep(p, applied("tanh", out[1], NULL));
  }
  ll_node_release(ctx, out[0]), ll_node_release(ctx, out[1]);
  ll_node_release(ctx, sum);
}

/* All of them keep numbers small. */
static const char *const functions[] = {"sigmoid", "tanh", "softplus", "scale", "transpose", "relu", "softmax"};
static const char *const operators[] = {"add", "mul", "sub", "matmul", "max"};

static outcome run_program(uint64_t seed, ll_node **leaves) {
  program p = {.draws = ll_random_stream(seed, 1, "program")};
  outcome o = {.value = NULL};
  for (int i = 0; i < LEAVES; i++) keep(&p, ll_node_retain(leaves[i]));
  size_t steps = 4 + ll_random_below(&p.draws, 12);
  for (size_t i = 0; i < steps; i++) {
    ll_node *made = NULL;
    switch (ll_random_below(&p.draws, 8)) {
    case 0: differentiate(&p, leaves); continue;
    case 1: works(ctx, ll_node_detach(ctx, any(&p), &made)); break;
    case 2:
    case 3: made = applied(functions[ll_random_below(&p.draws, sizeof functions / sizeof *functions)], any(&p), NULL); break;
    case 4: { /* forgotten at once */
      ll_node *lost = applied("mul", any(&p), any(&p));
      ll_node_release(ctx, lost);
      continue;
    }
    default: {
      ll_node *a = any(&p),
              *product = applied(operators[ll_random_below(&p.draws, sizeof operators / sizeof *operators)], a, any(&p));
      made = applied("sigmoid", product, NULL);
      ll_node_release(ctx, product);
    }
    }
    keep(&p, made);
  }
  bool retain = ll_random_below(&p.draws, 2);
  ll_node *last = applied("add", p.nodes[p.count - 1], any(&p));
  o.value = applied("mean", last, NULL);
  ll_node_release(ctx, last);
  if (o.value->requires_grad) {
    o.status = ll_backward(ctx, o.value, NULL, retain);
    if (o.status == LL_OK && retain) o.status = ll_backward(ctx, o.value, NULL, false);
  }
  for (size_t i = 0; i < p.count; i++) ll_node_release(ctx, p.nodes[i]);
  take_grads(leaves, LEAVES, &o);
  return o;
}

static void check_programs(uint64_t seed) {
  ll_tape *tape;
  bool same = true, refused = false;
  works(ctx, ll_tape_new(ctx, &tape));
  for (uint64_t round = 0; round < 6; round++) {
    ll_node *leaves[LEAVES];
    ll_random r = ll_random_stream(seed, round, "leaves");
    for (int i = 0; i < LEAVES; i++) leaves[i] = sampled(SIDE, SIDE, &r, -1, 1, i < LEAVES - 1);
    leaves[LEAVES - 1]->requires_grad = true;
    if (round == 4) works(ctx, ll_node_freeze(ctx, leaves[0], true));
    uint64_t which = 3 * seed + round % 3; /* three ways through, each met again */
    outcome plain = run_program(which, leaves), taped;
    ll_tape_begin(ctx, tape);
    taped = run_program(which, leaves);
    ll_tape_end(ctx, tape);
    same = same && same_outcome(&plain, &taped);
    refused = refused || plain.status == LL_ERR_UNSUPPORTED;
    if (plain.status != LL_OK && plain.status != LL_ERR_UNSUPPORTED) works(ctx, plain.status);
    outcome_free(&plain), outcome_free(&taped);
    for (int i = 0; i < LEAVES; i++) ll_node_release(ctx, leaves[i]);
  }
  if (!same || (!refused && ll_tape_counted(tape).followed < 2))
    ok(false, "program %d: %s, %d of %d followed; %s", (int)seed, same ? "the same bits" : "other bits",
       (int)ll_tape_counted(tape).followed, (int)ll_tape_counted(tape).calls, ll_tape_why(tape) ? ll_tape_why(tape) : "");
  ll_tape_free(ctx, tape);
}

int main(void) {
  works(ctx, ll_ctx_open(&ctx));
  size_t before = ll_memory_used(ctx);
  for (size_t i = 0; i < ll_op_count; i++) check_row(ll_ops[i]);
  for (uint64_t seed = 1; seed <= 300; seed++) check_programs(seed);
  ok(true, "300 programs, drawn by seeds 1 to 300");
  ll_node_trim(ctx);
  ll_matrix_trim(ctx);
  ok(ll_memory_used(ctx) == before, "nothing is held that was not before: %zu bytes", ll_memory_used(ctx) - before);
  ll_ctx_close(ctx);
  return done();
}
