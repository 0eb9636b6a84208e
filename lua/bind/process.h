/* Waiting that a caught signal ends (lua/bind/process.c). */
#ifndef LOSSLAB_BIND_PROCESS_H
#define LOSSLAB_BIND_PROCESS_H

#include <poll.h>
#include <stddef.h>

/* poll for so many seconds, with the signals of ll.process.catch let in only while it sleeps: how many are ready, 0 after that time
 * or where such a signal came, before the call too, and was not told yet; −1 with errno. */
int bind_wait(struct pollfd *polls, size_t n, double seconds);

#endif
