/* Terms of what compares two distributions place by place, x and y >= 0 being their probabilities of one place. */
#ifndef LOSSLAB_ENGINE_ENTROPY_H
#define LOSSLAB_ENGINE_ENTROPY_H

/* x ln(x / y), with 0 ln 0 = 0; inf where y = 0 < x. */
double ll_entropy_ratio(double x, double y);

/* x ln(x / m) + y ln(y / m), m = (x + y) / 2: never negative, 0 where x = y, and with all its digits where they are near. */
double ll_entropy_js(double x, double y);
/* Its derivative by x, ln(x / m); 0 where x = 0, which has none. */
double ll_entropy_js_slope(double x, double y);

/* (x - y) ln(x / y), likewise; inf where one of them is 0 and the other is not. */
double ll_entropy_jeffreys(double x, double y);
/* Its derivative by x, ln(x / y) + 1 - y / x; 0 where both are 0, -inf where x alone is, inf where y alone is. */
double ll_entropy_jeffreys_slope(double x, double y);

#endif
