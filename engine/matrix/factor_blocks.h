/* For factor.c, which includes it for each element type: REAL, TAKE (the kernel), NAME(function), PRODUCT. */

/* c -= op(a) op(b) */
static void JOIN_REAL(minus)(bool ta, bool tb, size_t m, size_t n, size_t k, const REAL *a, size_t lda, const REAL *b, size_t ldb,
                             REAL *c, size_t ldc) {
  if (m && n && k) PRODUCT(&(ll_gemm_shape){ta, tb, m, n, k, lda, ldb, ldc, -1, 1}, a, b, NULL, c);
}

size_t NAME(cholesky)(REAL *a, size_t n) {
  const ll_factor_kernels *k = kernels();
  for (size_t first = 0; first < n; first += LL_FACTOR_BLOCK) {
    size_t last = least(first + LL_FACTOR_BLOCK, n);
    for (size_t p = first; p < last; p++) {
      REAL below[LL_FACTOR_BLOCK], pivot = a[p * n + p];
      if (!(pivot > 0)) return p;
      a[p * n + p] = pivot = (REAL)sqrt((double)pivot); /* of a float the root in double rounds to the same */
      for (size_t i = p + 1; i < n; i++) a[i * n + p] /= pivot;
      for (size_t j = p + 1; j < last; j++) below[j - p - 1] = a[j * n + p];
      for (size_t i = p + 1; i < n; i++) k->TAKE(a[i * n + p], below, a + i * n + p + 1, least(i, last - 1) - p);
    }
    for (size_t i = last; i < n; i += 2 * LL_FACTOR_BLOCK) {
      size_t end = least(i + 2 * LL_FACTOR_BLOCK, n);
      JOIN_REAL(minus)
      (false, true, end - i, end - last, last - first, a + i * n + first, n, a + last * n + first, n, a + i * n + last, n);
    }
  }
  return n;
}

size_t NAME(lu)(REAL *a, size_t n, uint32_t *pivots) {
  const ll_factor_kernels *k = kernels();
  size_t zero = 0;
  for (size_t first = 0; first < n; first += LL_FACTOR_BLOCK) {
    size_t last = least(first + LL_FACTOR_BLOCK, n);
    for (size_t p = first; p < last; p++) {
      size_t best = p;
      for (size_t i = p + 1; i < n; i++)
        if (fabs((double)a[i * n + p]) > fabs((double)a[best * n + p])) best = i;
      pivots[p] = (uint32_t)best;
      for (size_t j = 0; j < n && best != p; j++) {
        REAL kept = a[p * n + j];
        a[p * n + j] = a[best * n + j], a[best * n + j] = kept;
      }
      REAL pivot = a[p * n + p];
      if (pivot == 0) {
        if (!zero) zero = p + 1;
        continue;
      }
      for (size_t i = p + 1; i < n; i++) {
        a[i * n + p] /= pivot;
        k->TAKE(a[i * n + p], a + p * n + p + 1, a + i * n + p + 1, last - p - 1);
      }
    }
    for (size_t p = first; p < last; p++)
      for (size_t i = p + 1; i < last; i++) k->TAKE(a[i * n + p], a + p * n + last, a + i * n + last, n - last);
    JOIN_REAL(minus)
    (false, false, n - last, n - last, last - first, a + last * n + first, n, a + first * n + last, n, a + last * n + last, n);
  }
  return zero;
}

void NAME(solve)(const ll_factor_triangle *t, const REAL *a, REAL *b, size_t m) {
  const ll_factor_kernels *k = kernels();
  size_t n = t->n, down = t->transposed ? t->from : 1,
         along = t->transposed ? 1 : t->from; /* from (i,j) of op(A) to (i,j+1), (i+1,j) */
  bool forward = t->upper == t->transposed;
  for (size_t done = 0; done < n; done += LL_FACTOR_BLOCK) {
    size_t count = least(LL_FACTOR_BLOCK, n - done), first = forward ? done : n - done - count, rest = n - done - count;
    for (size_t step = 0; step < count; step++) {
      size_t p = forward ? first + step : first + count - 1 - step;
      REAL *row = b + p * m, pivot = t->unit ? 1 : a[p * t->from + p];
      for (size_t j = 0; j < m && !t->unit; j++) row[j] /= pivot;
      for (size_t other = step + 1; other < count; other++) {
        size_t i = forward ? first + other : first + count - 1 - other;
        k->TAKE(a[i * along + p * down], row, b + i * m, m);
      }
    }
    size_t to = forward ? first + count : 0; /* the rows that are left */
    JOIN_REAL(minus)(t->transposed, false, rest, m, count, a + to * along + first * down, t->from, b + first * m, m, b + to * m, m);
  }
}
