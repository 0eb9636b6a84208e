/* A log that is not the file's own. SQLite finds the log of PATH by its name alone: PATH-journal or PATH-wal. Where a database was
 * moved away or replaced while it was in use, the log of the one that was there stands beside the one that is there now, and
 * would be written into it at the first look. So the log is held against the file's header before SQLite takes its first lock
 * (opening reads the header and nothing else), and one that does not fit is refused, whatever the file is opened for. It is
 * neither deleted nor renamed: it holds what another database lacks, and only the user knows where that one is now.
 *
 * What is compared: the change counter, which every transaction raises by one, and what one transaction cannot change. A journal
 * holds pages as they were, page 1 among them unless it was spared so far. (sqlite.org/fileformat2.html, sections 1.3, 3 and 4.) */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/store/store.h"

enum { HEADER = 100, JOURNAL_HEADER = 28, WAL_HEADER = 32, FRAME_HEADER = 24, PAGE_MAX = 65536, WHY = 160 };

typedef struct head {
  unsigned char bytes[HEADER];
  int64_t size; /* of the file; bytes are 0 if it is empty */
} head;

typedef struct log {
  int file;
  struct stat info;
} log_file;

static uint32_t big4(const unsigned char *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | (uint32_t)at[3];
}
static uint32_t page_size(const unsigned char *header) {
  uint32_t size = (uint32_t)header[16] << 8 | header[17];
  return size == 1 ? PAGE_MAX : size;
}
static uint32_t counter(const unsigned char *header) { return big4(header + 24); }

/* By SQLite's own descriptor: one of ours, closed, would drop the locks of this process's other connections. */
static bool read_head(ll_store *store, head *out) {
  sqlite3_file *file = NULL;
  sqlite3_int64 size;
  *out = (head){.size = 0};
  if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file || !file->pMethods)
    return false;
  if (file->pMethods->xFileSize(file, &size) != SQLITE_OK) return false;
  out->size = size;
  return size == 0 || (size >= HEADER && file->pMethods->xRead(file, out->bytes, HEADER, 0) == SQLITE_OK);
}

/* Whether a process is in the middle of a transaction on the file: the journal then is that one's. */
static bool being_written(ll_store *store) {
  sqlite3_file *file = NULL;
  int reserved = 0;
  if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file || !file->pMethods)
    return false;
  return file->pMethods->xCheckReservedLock(file, &reserved) == SQLITE_OK && reserved;
}

static bool read_at(const log_file *log, void *bytes, size_t n, int64_t offset) {
  return pread(log->file, bytes, n, (off_t)offset) == (ssize_t)n;
}

/* ---- a rollback journal ---- */

static const unsigned char journal_magic[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};

/* Each record: the page's number, the page, and a sum over every 200th byte of it. */
static bool sum_fits(const unsigned char *record, uint32_t size, uint32_t nonce) {
  uint32_t sum = nonce;
  for (int64_t i = (int64_t)size - 200; i > 0; i -= 200) sum += record[4 + i];
  return sum == big4(record + 4 + size);
}

/* Finds page 1 as it was before the transaction. False if the journal does not hold it (yet). */
static bool original_head(const log_file *log, uint32_t size, unsigned char out[HEADER]) {
  unsigned char start[JOURNAL_HEADER], record[PAGE_MAX + 8];
  int64_t at = 0, end = (int64_t)log->info.st_size, length = (int64_t)size + 8;
  while (read_at(log, start, sizeof start, at) && memcmp(start, journal_magic, sizeof journal_magic) == 0) {
    int64_t sector = big4(start + 20), count = big4(start + 8);
    if (sector < 32 || sector > PAGE_MAX) return false;
    if (count == 0xffffffff) count = (end - at - sector) / length;
    at += sector;
    for (int64_t i = 0; i < count && at + length <= end; i++, at += length) {
      if (!read_at(log, record, 4, at)) return false;
      if (big4(record) != 1) continue;
      if (!read_at(log, record, (size_t)length, at) || !sum_fits(record, size, big4(start + 12))) return false;
      memcpy(out, record + 4, HEADER);
      return true;
    }
    at = (at + sector - 1) / sector * sector;
  }
  return false;
}

/* A transaction over several databases ends each journal with the name of a file that lists them, and SQLite, which rolls one back,
 * removes that file: by a journal from a stranger, any file. No database of losslab's is written together with another. */
static bool names_a_file(const log_file *log) {
  unsigned char end[sizeof journal_magic];
  return read_at(log, end, sizeof end, (int64_t)log->info.st_size - (int64_t)sizeof end) &&
         memcmp(end, journal_magic, sizeof end) == 0;
}

/* Whether the write of the first bytes was cut short: SQLite takes such a journal for none, as its pages may not be there either.
 */
static bool is_half_a_magic(const unsigned char *start) {
  static const unsigned char zeros[sizeof journal_magic];
  size_t n = 0;
  while (n < sizeof journal_magic && start[n] == journal_magic[n]) n++;
  return n < sizeof journal_magic && memcmp(start + n, zeros, sizeof journal_magic - n) == 0;
}

/* Why the journal cannot be the file's, or "" if it may be, or holds nothing that would be rolled back. */
static void judge_journal(const log_file *log, const head *now, char why[WHY]) {
  unsigned char start[JOURNAL_HEADER] = {0}, was[HEADER];
  const unsigned char *is = now->bytes;
  *why = 0;
  if (!read_at(log, start, 1, 0) || !*start) return; /* SQLite writes the first bytes last */
  if (read_at(log, start, sizeof start, 0) && is_half_a_magic(start)) return;
  if (!read_at(log, start, sizeof start, 0) || memcmp(start, journal_magic, sizeof journal_magic) != 0) {
    snprintf(why, WHY, "it is no journal of SQLite's");
    return;
  }
  if (names_a_file(log)) {
    snprintf(why, WHY, "it names a file to be removed, as one of several databases does");
    return;
  }
  uint32_t pages = big4(start + 16), size = big4(start + 24);
  if (now->size == 0) {
    if (pages) snprintf(why, WHY, "its database had %u pages and the file is empty", pages);
  } else if (size && size != page_size(is)) {
    snprintf(why, WHY, "its pages have %u bytes, the file's %u", size, page_size(is));
  } else if (!pages) { /* of the transaction that made its database: page 1 is new, and the file may have it already */
    if (counter(is) > 1) snprintf(why, WHY, "its database was empty, the file has been changed %u times", counter(is));
  } else if (!original_head(log, page_size(is), was)) {
    if (counter(is) == big4(is + 92) && big4(is + 28) != pages) /* the header counts pages, and nobody wrote it yet */
      snprintf(why, WHY, "its database had %u pages, the file %u", pages, big4(is + 28));
  } else if (counter(is) == counter(was)) {
    if (memcmp(is, was, HEADER) != 0) snprintf(why, WHY, "its database had another header");
  } else if (counter(is) != counter(was) + 1) {
    snprintf(why, WHY, "its database had been changed %u times, the file %u times", counter(was), counter(is));
  } else if (memcmp(is + 16, was + 16, 2) != 0 || memcmp(is + 20, was + 20, 4) != 0 || memcmp(is + 56, was + 56, 4) != 0 ||
             memcmp(is + 68, was + 68, 4) != 0) {
    snprintf(why, WHY, "its database was of another kind");
  }
}

/* ---- a write-ahead log ---- */

/* The first and the last change counter among the images of page 1 in the transactions that were committed. Frames with other salts
 * are those of an earlier round. */
static bool counters_of(const log_file *log, const unsigned char *start, uint32_t size, uint32_t *first, uint32_t *last) {
  unsigned char frame[FRAME_HEADER + 28];
  bool seen = false, pending = false, began = false;
  uint32_t maybe_first = 0, maybe_last = 0;
  for (int64_t at = WAL_HEADER; read_at(log, frame, sizeof frame, at); at += FRAME_HEADER + (int64_t)size) {
    if (memcmp(frame + 8, start + 16, 8) != 0) break;
    if (big4(frame) == 1) {
      maybe_last = counter(frame + FRAME_HEADER);
      if (!began) maybe_first = maybe_last;
      began = pending = true;
    }
    if (big4(frame + 4) && pending) { /* a commit */
      seen = true, pending = false;
      *first = maybe_first, *last = maybe_last;
    }
  }
  return seen;
}

/* The same of a log. Only a database whose header says so has one: SQLite sets that before it begins the log, and takes the log
 * away before it takes that back. Of two databases that both have logs, the counter tells them apart: the file is as it was when
 * the log was begun, or has had part of it or all. */
static void judge_wal(const log_file *log, const head *now, char why[WHY]) {
  unsigned char start[WAL_HEADER];
  const unsigned char *is = now->bytes;
  uint32_t first, last;
  *why = 0;
  if (log->info.st_size == 0) return;
  if (now->size == 0) {
    snprintf(why, WHY, "the file is empty");
  } else if (is[18] != 2 || is[19] != 2) {
    snprintf(why, WHY, "the file is of a database that has no such log");
  } else if (read_at(log, start, sizeof start, 0) && (big4(start) | 1) == 0x377f0683) { /* else SQLite passes it over, too */
    if (big4(start + 8) != page_size(is))
      snprintf(why, WHY, "its pages have %u bytes, the file's %u", big4(start + 8), page_size(is));
    else if (counters_of(log, start, page_size(is), &first, &last) && (counter(is) + 1 < first || counter(is) > last))
      snprintf(why, WHY, "it goes from change %u of its database to %u, the file is at %u", first - 1, last, counter(is));
  }
}

/* ---- both ---- */

typedef void judgement(const log_file *, const head *, char[WHY]);

static bool is_same(const struct stat *a, const struct stat *b) {
  return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
         a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A log that is being written and the file are not seen at one moment. What does not fit is looked at again, and is another's only
 * if it is still there, unchanged, and no transaction is under way. */
static ll_status check_log(ll_store *store, const char *name, judgement *judge, char why[WHY]) {
  struct stat before = {0};
  for (int turn = 0;; turn++) {
    head now;
    log_file log = {.file = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    *why = 0;
    if (log.file < 0 && errno == ENOENT) return LL_OK;
    if (log.file < 0)
      return ll_fail(store->ctx, LL_ERR_IO, "%s: the log %s may not be read: %s", store->path, name, strerror(errno));
    if (fstat(log.file, &log.info) == 0 && S_ISREG(log.info.st_mode) && read_head(store, &now)) judge(&log, &now, why);
    close(log.file);
    if (!*why || being_written(store)) {
      *why = 0;
      return LL_OK;
    }
    if (turn && is_same(&before, &log.info)) return LL_OK;
    before = log.info;
    sqlite3_sleep(10);
  }
}

ll_status ll_store_check_logs(ll_store *store) {
  static const struct {
    const char *ending, *what;
    judgement *judge;
  } logs[] = {{"-journal", "journal", judge_journal}, {"-wal", "write-ahead log", judge_wal}};
  const char *path = sqlite3_db_filename(store->db, "main"); /* absolute, links followed: as SQLite names its logs */
  char why[WHY];
  if (!path || !*path) return LL_OK; /* in memory */
  for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
    const char *name = i ? sqlite3_filename_wal(path) : sqlite3_filename_journal(path);
    LL_TRY(check_log(store, name, logs[i].judge, why));
    if (*why)
      return ll_fail(
          store->ctx, LL_ERR_FORMAT,
          "%s: %s beside it is the %s of another database (%s), which was moved or replaced while it was in use. Written "
          "into this file, it would destroy it. Move it to its own database, as that one's name and %s, or, if that one is "
          "not wanted, away; nothing was changed",
          store->path, name, logs[i].what, why, logs[i].ending);
  }
  return LL_OK;
}
