// The owner's side of a Fanout: who the viewers are, which numbers they have used, and what can be resent to them.
#include "fanout.h"

#include "sender.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/** What is kept for resends: as the limits of any history, in calls, packets, bytes and time. */
#define KEPT_CALLS 8192
#define KEPT_PACKETS 32768
#define KEPT_BYTES ((size_t)24 * 1024 * 1024)
#define KEPT_NS INT64_C(2000000000)
/** Calls remembered per stream of a viewer, and streams: 2 s at 120 pictures a second, and some in parts. */
#define RUNS 512
#define STREAMS 2
/** Packets resent in one call. */
#define RESENDS_MOST 1024

/** What a viewer got of one call. With this and the packets, a resend is the same packet, byte for byte. */
typedef struct {
  uint64_t serial;
  uint64_t index;
  uint32_t count;
  FanoutViewer viewer;
} Run;

typedef struct {
  uint32_t ssrc;
  size_t next;
  Run runs[RUNS];
} RunList;

typedef struct {
  /** NULL: free. */
  SrtpSession *session;
  uint16_t generation;
  RunList *lists[STREAMS];
} Viewer;

struct Fanout {
  Sender *sender;
  Viewer viewers[FANOUT_SLOTS];
  /** The slots that are free, the one that was for the longest first. */
  uint16_t free_slots[FANOUT_SLOTS];
  size_t first_free, free_count;
  /** Calls from `oldest` to before `next`. */
  Packets *kept[KEPT_CALLS];
  uint64_t oldest, next;
  size_t kept_packets, kept_bytes;
  uint64_t overflows, reused;
};

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

Fanout *fanout_create(UdpSocket *socket, void (*notify)(void *), void *context) {
  Fanout *fanout = calloc(1, sizeof *fanout);
  if (fanout == NULL) return NULL;
  fanout->sender = sender_create(socket, notify, context);
  if (fanout->sender == NULL) {
    free(fanout);
    return NULL;
  }
  for (uint16_t slot = 0; slot < FANOUT_SLOTS; slot += 1) fanout->free_slots[slot] = slot;
  fanout->free_count = FANOUT_SLOTS;
  return fanout;
}

void fanout_stop(Fanout *fanout) { sender_stop(fanout->sender); }

static void forget_oldest(Fanout *fanout) {
  Packets *packets = fanout->kept[fanout->oldest % KEPT_CALLS];
  fanout->kept_packets -= packets->count;
  fanout->kept_bytes -= packets->bytes;
  fanout->oldest += 1;
  packets_release(packets);
}

static void clear_viewer(Viewer *viewer) {
  srtp_release(viewer->session);
  viewer->session = NULL;
  for (size_t at = 0; at < STREAMS; at += 1) {
    free(viewer->lists[at]);
    viewer->lists[at] = NULL;
  }
}

void fanout_destroy(Fanout *fanout) {
  if (fanout == NULL) return;
  sender_destroy(fanout->sender);
  while (fanout->oldest < fanout->next) forget_oldest(fanout);
  for (size_t slot = 0; slot < FANOUT_SLOTS; slot += 1) clear_viewer(&fanout->viewers[slot]);
  free(fanout);
}

static Viewer *find_viewer(Fanout *fanout, uint32_t handle) {
  const uint32_t slot = handle & 0xffff;
  if (slot >= FANOUT_SLOTS) return NULL;
  Viewer *viewer = &fanout->viewers[slot];
  return viewer->session != NULL && viewer->generation == handle >> 16 ? viewer : NULL;
}

uint32_t fanout_add(Fanout *fanout, SrtpSession *session, const Address *to, const Address *from) {
  if (fanout->free_count == 0) return 0;
  const uint16_t slot = fanout->free_slots[fanout->first_free];
  fanout->first_free = (fanout->first_free + 1) % FANOUT_SLOTS;
  fanout->free_count -= 1;
  Viewer *viewer = &fanout->viewers[slot];
  viewer->generation = viewer->generation == UINT16_MAX ? 1 : viewer->generation + 1;
  viewer->session = session;
  srtp_retain(session);
  const uint32_t handle = (uint32_t)viewer->generation << 16 | slot;
  sender_open_slot(fanout->sender, handle, session, to, from);
  return handle;
}

bool fanout_set_path(Fanout *fanout, uint32_t handle, const Address *to, const Address *from) {
  if (find_viewer(fanout, handle) == NULL) return false;
  sender_set_path(fanout->sender, handle, to, from);
  return true;
}

bool fanout_remove(Fanout *fanout, uint32_t handle) {
  Viewer *viewer = find_viewer(fanout, handle);
  if (viewer == NULL) return false;
  sender_close_slot(fanout->sender, handle);
  clear_viewer(viewer);
  fanout->free_slots[(fanout->first_free + fanout->free_count) % FANOUT_SLOTS] = (uint16_t)(handle & 0xffff);
  fanout->free_count += 1;
  return true;
}

static void keep_packets(Fanout *fanout, Packets *packets) {
  if (fanout->next - fanout->oldest == KEPT_CALLS) forget_oldest(fanout);
  packets_retain(packets);
  packets->serial = fanout->next;
  packets->sent_ns = now_ns();
  fanout->kept[fanout->next % KEPT_CALLS] = packets;
  fanout->next += 1;
  fanout->kept_packets += packets->count;
  fanout->kept_bytes += packets->bytes;
  while (fanout->oldest < fanout->next &&
         (fanout->kept_packets > KEPT_PACKETS || fanout->kept_bytes > KEPT_BYTES ||
          packets->sent_ns - fanout->kept[fanout->oldest % KEPT_CALLS]->sent_ns > KEPT_NS))
    forget_oldest(fanout);
}

/** The runs of a stream. A new one takes the place of none: NULL if there is no memory, or too many streams are kept. */
static RunList *runs_of(Viewer *viewer, uint32_t ssrc, bool create) {
  for (size_t at = 0; at < STREAMS; at += 1) {
    if (viewer->lists[at] == NULL) {
      if (!create || (viewer->lists[at] = calloc(1, sizeof(RunList))) == NULL) return NULL;
      viewer->lists[at]->ssrc = ssrc;
    }
    if (viewer->lists[at]->ssrc == ssrc) return viewer->lists[at];
  }
  return NULL;
}

static void note_run(Viewer *viewer, const Packets *packets, const FanoutViewer *binding, uint64_t index) {
  RunList *list = runs_of(viewer, binding->ssrc, true);
  if (list == NULL) return;
  list->runs[list->next % RUNS] =
      (Run){.serial = packets->serial, .index = index, .count = packets->count, .viewer = *binding};
  list->next += 1;
}

size_t fanout_send(Fanout *fanout, Packets *packets, const FanoutViewer *viewers, size_t count, bool keep) {
  Job *job = count > FANOUT_SLOTS || packets->count == 0 ? NULL : job_create(count);
  if (job == NULL || !sender_has_room(fanout->sender, packets->bytes * count)) {
    job_destroy(job);
    fanout->overflows += 1;
    return SIZE_MAX;
  }
  if (keep) keep_packets(fanout, packets);
  job->count = 0;
  for (size_t at = 0; at < count; at += 1) {
    const FanoutViewer *binding = &viewers[at];
    Viewer *viewer = find_viewer(fanout, binding->handle);
    uint64_t index = 0;
    if (viewer == NULL) continue;
    if (!srtp_take_indices(viewer->session, binding->ssrc, binding->sequence, packets->count, &index)) {
      fanout->reused += 1;
      continue;
    }
    if (keep) note_run(viewer, packets, binding, index);
    packets_retain(packets);
    job->tasks[job->count++] = (Task){.packets = packets, .count = packets->count, .viewer = *binding, .index = index};
  }
  job->bytes = packets->bytes * job->count;
  const size_t sent = job->count;
  if (sent > 0 && sender_push(fanout->sender, job)) return sent;
  job_destroy(job);
  return 0;
}

/** The last time this number was used. */
static const Run *find_run(const RunList *list, uint16_t sequence) {
  const size_t known = list->next < RUNS ? list->next : RUNS;
  for (size_t back = 1; back <= known; back += 1) {
    const Run *run = &list->runs[(list->next - back) % RUNS];
    if ((uint16_t)(sequence - (uint16_t)run->index) < run->count) return run;
  }
  return NULL;
}

/** Fills in a task for one packet. False: it is no longer kept. */
static bool find_packet(Fanout *fanout, const RunList *list, uint16_t sequence, Task *task) {
  const Run *run = find_run(list, sequence);
  if (run == NULL || run->serial < fanout->oldest) return false;
  const uint32_t at = (uint16_t)(sequence - (uint16_t)run->index);
  *task = (Task){.packets = fanout->kept[run->serial % KEPT_CALLS],
                 .first = at,
                 .count = 1,
                 .viewer = run->viewer,
                 .index = run->index + at,
                 .original = sequence};
  task->viewer.twcc = (uint16_t)(run->viewer.twcc + at);
  return true;
}

static void turn_into_rtx(Job *job, const FanoutRtx *rtx, uint64_t index) {
  for (size_t at = 0; at < job->count; at += 1) {
    Task *task = &job->tasks[at];
    task->is_rtx = true;
    task->index = index + at;
    task->viewer.ssrc = rtx->ssrc;
    task->viewer.payload_type = rtx->payload_type;
    task->viewer.twcc = (uint16_t)(rtx->twcc + at);
  }
}

size_t fanout_resend(Fanout *fanout, uint32_t handle, uint32_t ssrc, const uint16_t *sequences, size_t count,
                     const FanoutRtx *rtx) {
  Viewer *viewer = find_viewer(fanout, handle);
  const RunList *list = viewer == NULL ? NULL : runs_of(viewer, ssrc, false);
  Job *job = list == NULL || count > RESENDS_MOST ? NULL : job_create(count);
  if (job == NULL) return 0;
  job->count = 0;
  for (size_t at = 0; at < count; at += 1) {
    Task *task = &job->tasks[job->count];
    if (!find_packet(fanout, list, sequences[at], task)) continue;
    packets_retain(task->packets);
    job->bytes += task->packets->offsets[task->first + 1] - task->packets->offsets[task->first];
    job->count += 1;
  }
  const size_t sent = job->count;
  uint64_t index = 0;
  bool is_ready = sent > 0 && sender_has_room(fanout->sender, job->bytes);
  if (is_ready && rtx != NULL) {
    is_ready = srtp_take_indices(viewer->session, rtx->ssrc, rtx->sequence, sent, &index);
    if (is_ready) turn_into_rtx(job, rtx, index);
    else fanout->reused += 1;
  }
  if (is_ready && sender_push(fanout->sender, job)) return sent;
  job_destroy(job);
  return 0;
}

size_t fanout_reports(Fanout *fanout, FanoutReport *reports, size_t most) {
  return sender_reports(fanout->sender, reports, most);
}

void fanout_stats(Fanout *fanout, FanoutStats *stats) {
  sender_stats(fanout->sender, stats);
  stats->overflows = fanout->overflows;
  stats->reused = fanout->reused;
}
