#include "sender.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/** What may wait: some 80 ms of sending at full speed. */
#define QUEUE_JOBS 1024
#define QUEUE_BYTES ((size_t)32 * 1024 * 1024)
/** Encrypted before it is sent: small enough to stay in the cache. */
#define BUFFER_BYTES (128 * 1024)
/** What a packet grows by: an extension, the number of RTX, the tag. */
#define GROWTH (4 + 2 + SRTP_OVERHEAD)
/** How long a job waits for a full socket in all; then its packets are lost. */
#define PATIENCE_NS 4000000

/** A viewer. `handle` 0: none. */
typedef struct {
  uint32_t handle;
  SrtpSession *session;
  Address to, from;
  bool refuses_segments;
  bool has_report;
  FanoutReport report;
} Slot;

/** Messages that are encrypted and not sent yet. */
typedef struct {
  size_t count;
  size_t used;
  UdpMessage messages[UDP_MESSAGES_OUT];
  uint32_t handles[UDP_MESSAGES_OUT];
  uint8_t buffer[BUFFER_BYTES];
  uint8_t rtx[2 + FANOUT_PACKET_MOST];
  int64_t patience_ns;
} Batch;

struct Sender {
  UdpSocket *socket;
  void (*notify)(void *);
  void *context;
  pthread_t thread;
  /** Protects what is between here and `slots_lock`. */
  pthread_mutex_t queue_lock;
  pthread_cond_t wake;
  Job *first, *last;
  size_t jobs, bytes;
  bool is_stopping, is_joined;
  pthread_mutex_t slots_lock;
  Slot slots[FANOUT_SLOTS];
  uint32_t reporting[FANOUT_SLOTS];
  size_t reports;
  FanoutStats stats;
  /** The thread's own. */
  Batch batch;
};

Job *job_create(size_t count) {
  Job *job = calloc(1, sizeof *job + count * sizeof(Task));
  if (job != NULL) job->count = count;
  return job;
}

void job_destroy(Job *job) {
  if (job == NULL) return;
  for (size_t at = 0; at < job->count; at += 1) packets_release(job->tasks[at].packets);
  free(job);
}

/** The slot, if it is still this viewer's. With `slots_lock` held. */
static Slot *find_slot(Sender *sender, uint32_t handle) {
  Slot *slot = &sender->slots[handle % FANOUT_SLOTS];
  return handle != 0 && slot->handle == handle ? slot : NULL;
}

/** The viewer's counters, which will be reported. With `slots_lock` held. */
static FanoutReport *report_of(Sender *sender, Slot *slot) {
  if (!slot->has_report) sender->reporting[sender->reports++] = slot->handle % FANOUT_SLOTS;
  if (!slot->has_report || slot->report.handle != slot->handle) slot->report = (FanoutReport){.handle = slot->handle};
  slot->has_report = true;
  return &slot->report;
}

/** With `slots_lock` held. True: something was refused. */
static bool account(Sender *sender, const UdpMessage *message, uint32_t handle) {
  FanoutStats *stats = &sender->stats;
  const unsigned refused = message->full + message->too_large + message->unreachable;
  stats->packets += message->sent;
  stats->full += message->full;
  stats->too_large += message->too_large;
  stats->unreachable += message->unreachable;
  // All but the last datagram of a message have one size, so this is exact unless some of a message were refused.
  stats->bytes += refused == 0 ? message->length : (uint64_t)message->sent * message->segment;
  if (message->datagrams > 1 && !message->refuses_segments) stats->segmented += message->sent;
  Slot *slot = find_slot(sender, handle);
  if (slot == NULL) return false;
  slot->refuses_segments |= message->refuses_segments;
  if (refused == 0) return false;
  FanoutReport *report = report_of(sender, slot);
  report->full += message->full;
  report->too_large += message->too_large;
  report->unreachable += message->unreachable;
  return true;
}

static void flush(Sender *sender) {
  Batch *batch = &sender->batch;
  bool is_refused = false;
  udp_send_messages(sender->socket, batch->messages, batch->count, &batch->patience_ns);
  pthread_mutex_lock(&sender->slots_lock);
  for (size_t at = 0; at < batch->count; at += 1)
    is_refused |= account(sender, &batch->messages[at], batch->handles[at]);
  pthread_mutex_unlock(&sender->slots_lock);
  batch->count = batch->used = 0;
  if (is_refused) sender->notify(sender->context);
}

/** Adds the packet at the end of the buffer to the viewer's last message if it fits there, else begins a new one. */
static void append(Batch *batch, const Slot *slot, size_t length) {
  UdpMessage *last = batch->count == 0 ? NULL : &batch->messages[batch->count - 1];
  if (last != NULL && !slot->refuses_segments && batch->handles[batch->count - 1] == slot->handle &&
      last->length == last->datagrams * last->segment && length <= last->segment &&
      last->datagrams < UDP_SEGMENTS_MOST && last->length + length <= UDP_PAYLOAD_MOST) {
    last->datagrams += 1;
    last->length += length;
  } else {
    batch->messages[batch->count] = (UdpMessage){.to = slot->to,
                                                 .from = slot->from,
                                                 .data = batch->buffer + batch->used,
                                                 .length = length,
                                                 .segment = length,
                                                 .datagrams = 1};
    batch->handles[batch->count] = slot->handle;
    batch->count += 1;
  }
  batch->used += length;
}

/** Writes what is this viewer's own: type, number, source, extensions. Returns the size of the header. */
static size_t write_header(const FanoutViewer *viewer, const uint8_t *packet, uint16_t sequence, uint16_t twcc,
                           uint8_t *out) {
  memcpy(out, packet, SHARED_HEADER);
  out[1] = (uint8_t)((packet[1] & 0x80) | viewer->payload_type);
  out[2] = (uint8_t)(sequence >> 8);
  out[3] = (uint8_t)sequence;
  for (int at = 0; at < 4; at += 1) out[8 + at] = (uint8_t)(viewer->ssrc >> (24 - 8 * at));
  out[16] = (uint8_t)(viewer->extension << 4 | 2);
  if (viewer->twcc_extension == 0) return SHARED_HEADER;
  // A second element (RFC 8285): id and length, two bytes, one of padding.
  out[15] = 2;
  out[20] = (uint8_t)(viewer->twcc_extension << 4 | 1);
  out[21] = (uint8_t)(twcc >> 8);
  out[22] = (uint8_t)twcc;
  out[23] = 0;
  return SHARED_HEADER + 4;
}

/** Encrypts one packet of a task to `out`. Returns its size; 0: OpenSSL refuses. */
static size_t protect(Batch *batch, const Task *task, SrtpSession *session, uint32_t at, uint8_t *out) {
  const uint32_t number = task->first + at;
  const uint8_t *packet = task->packets->data + task->packets->offsets[number];
  const size_t length = task->packets->offsets[number + 1] - task->packets->offsets[number];
  const uint64_t index = task->index + at;
  const size_t header = write_header(&task->viewer, packet, (uint16_t)index, (uint16_t)(task->viewer.twcc + at), out);
  const uint8_t *payload = packet + SHARED_HEADER;
  size_t bytes = length - SHARED_HEADER;
  if (task->is_rtx) {
    batch->rtx[0] = (uint8_t)(task->original >> 8);
    batch->rtx[1] = (uint8_t)task->original;
    memcpy(batch->rtx + 2, payload, bytes);
    payload = batch->rtx;
    bytes += 2;
  }
  return srtp_protect(session, task->viewer.ssrc, index, out, header, payload, bytes);
}

/** Copies the viewer, so that nothing is locked while its packets are encrypted. False: it is gone. */
static bool open_viewer(Sender *sender, const Task *task, Slot *copy) {
  pthread_mutex_lock(&sender->slots_lock);
  const Slot *slot = find_slot(sender, task->viewer.handle);
  if (slot != NULL) {
    *copy = *slot;
    srtp_retain(copy->session);
  } else {
    sender->stats.stale += task->count;
  }
  pthread_mutex_unlock(&sender->slots_lock);
  return slot != NULL;
}

static void run_task(Sender *sender, const Task *task) {
  Batch *batch = &sender->batch;
  Slot viewer;
  if (!open_viewer(sender, task, &viewer)) return;
  // One call to the kernel is for one family.
  if (batch->count > 0 && address_family(&batch->messages[0].to) != address_family(&viewer.to)) flush(sender);
  srtp_lock(viewer.session);
  for (uint32_t at = 0; at < task->count; at += 1) {
    if (batch->count == UDP_MESSAGES_OUT || batch->used + FANOUT_PACKET_MOST + GROWTH > BUFFER_BYTES) flush(sender);
    const size_t length = protect(batch, task, viewer.session, at, batch->buffer + batch->used);
    if (length > 0) append(batch, &viewer, length);
  }
  srtp_unlock(viewer.session);
  srtp_release(viewer.session);
}

/** Waits for the next job. NULL: the end. */
static Job *pop(Sender *sender) {
  pthread_mutex_lock(&sender->queue_lock);
  while (sender->first == NULL && !sender->is_stopping) pthread_cond_wait(&sender->wake, &sender->queue_lock);
  Job *job = sender->is_stopping ? NULL : sender->first;
  if (job != NULL) {
    sender->first = job->next;
    if (job->next == NULL) sender->last = NULL;
    sender->jobs -= 1;
    sender->bytes -= job->bytes;
  }
  pthread_mutex_unlock(&sender->queue_lock);
  return job;
}

static void *run(void *data) {
  Sender *sender = data;
  for (Job *job = pop(sender); job != NULL; job = pop(sender)) {
    sender->batch.patience_ns = PATIENCE_NS;
    for (size_t at = 0; at < job->count; at += 1) run_task(sender, &job->tasks[at]);
    if (sender->batch.count > 0) flush(sender);
    job_destroy(job);
  }
  return NULL;
}

/** Signals are for the threads of Node. */
static bool start_thread(Sender *sender) {
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return false;
  const bool is_started = pthread_create(&sender->thread, NULL, run, sender) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (is_started) pthread_setname_np(sender->thread, "rtp-fanout");
  return is_started;
}

Sender *sender_create(UdpSocket *socket, void (*notify)(void *), void *context) {
  Sender *sender = calloc(1, sizeof *sender);
  if (sender == NULL) return NULL;
  sender->socket = socket;
  sender->notify = notify;
  sender->context = context;
  pthread_mutex_init(&sender->queue_lock, NULL);
  pthread_mutex_init(&sender->slots_lock, NULL);
  pthread_cond_init(&sender->wake, NULL);
  udp_retain(socket);
  if (start_thread(sender)) return sender;
  sender->is_joined = true;
  sender_destroy(sender);
  return NULL;
}

void sender_stop(Sender *sender) {
  pthread_mutex_lock(&sender->queue_lock);
  const bool is_joined = sender->is_joined;
  sender->is_stopping = sender->is_joined = true;
  pthread_cond_signal(&sender->wake);
  pthread_mutex_unlock(&sender->queue_lock);
  if (!is_joined) pthread_join(sender->thread, NULL);
}

void sender_destroy(Sender *sender) {
  sender_stop(sender);
  for (Job *job = sender->first; job != NULL;) {
    Job *next = job->next;
    job_destroy(job);
    job = next;
  }
  for (size_t at = 0; at < FANOUT_SLOTS; at += 1) srtp_release(sender->slots[at].session);
  udp_release(sender->socket);
  pthread_cond_destroy(&sender->wake);
  pthread_mutex_destroy(&sender->slots_lock);
  pthread_mutex_destroy(&sender->queue_lock);
  free(sender);
}

static void set_path(Slot *slot, const Address *to, const Address *from) {
  slot->to = *to;
  slot->from = *from;
  slot->refuses_segments = false;
}

void sender_open_slot(Sender *sender, uint32_t handle, SrtpSession *session, const Address *to, const Address *from) {
  srtp_retain(session);
  pthread_mutex_lock(&sender->slots_lock);
  Slot *slot = &sender->slots[handle % FANOUT_SLOTS];
  slot->handle = handle;
  slot->session = session;
  set_path(slot, to, from);
  pthread_mutex_unlock(&sender->slots_lock);
}

void sender_set_path(Sender *sender, uint32_t handle, const Address *to, const Address *from) {
  pthread_mutex_lock(&sender->slots_lock);
  Slot *slot = find_slot(sender, handle);
  if (slot != NULL) set_path(slot, to, from);
  pthread_mutex_unlock(&sender->slots_lock);
}

void sender_close_slot(Sender *sender, uint32_t handle) {
  SrtpSession *session = NULL;
  pthread_mutex_lock(&sender->slots_lock);
  Slot *slot = find_slot(sender, handle);
  if (slot != NULL) {
    session = slot->session;
    slot->session = NULL;
    slot->handle = 0;
  }
  pthread_mutex_unlock(&sender->slots_lock);
  srtp_release(session);
}

/** With `queue_lock` held. One job may be as large as it likes. */
static bool has_room(const Sender *sender, size_t bytes) {
  return !sender->is_stopping && sender->jobs < QUEUE_JOBS &&
         (sender->jobs == 0 || sender->bytes + bytes <= QUEUE_BYTES);
}

bool sender_has_room(Sender *sender, size_t bytes) {
  pthread_mutex_lock(&sender->queue_lock);
  const bool result = has_room(sender, bytes);
  pthread_mutex_unlock(&sender->queue_lock);
  return result;
}

bool sender_push(Sender *sender, Job *job) {
  pthread_mutex_lock(&sender->queue_lock);
  const bool is_taken = has_room(sender, job->bytes);
  if (is_taken) {
    if (sender->last == NULL) sender->first = job;
    else sender->last->next = job;
    sender->last = job;
    sender->jobs += 1;
    sender->bytes += job->bytes;
    pthread_cond_signal(&sender->wake);
  }
  pthread_mutex_unlock(&sender->queue_lock);
  return is_taken;
}

size_t sender_reports(Sender *sender, FanoutReport *reports, size_t most) {
  size_t count = 0;
  pthread_mutex_lock(&sender->slots_lock);
  while (sender->reports > 0 && count < most) {
    Slot *slot = &sender->slots[sender->reporting[--sender->reports]];
    slot->has_report = false;
    // Of a viewer that is gone nobody wants to know.
    if (slot->report.handle == slot->handle) reports[count++] = slot->report;
  }
  pthread_mutex_unlock(&sender->slots_lock);
  return count;
}

void sender_stats(Sender *sender, FanoutStats *stats) {
  pthread_mutex_lock(&sender->slots_lock);
  *stats = sender->stats;
  pthread_mutex_unlock(&sender->slots_lock);
}
