// The thread of a Fanout: a bounded queue of tasks, the viewers that they are for, and the sending.
#ifndef MOONSHARE_WEBRTC_SENDER_H
#define MOONSHARE_WEBRTC_SENDER_H

#include "packets.h"

/** Some packets for one viewer. */
typedef struct {
  Packets *packets;
  uint32_t first, count;
  FanoutViewer viewer;
  /** SRTP index of the first. */
  uint64_t index;
  /** RTX: `original` is the number that it was first sent with. */
  bool is_rtx;
  uint16_t original;
} Task;

typedef struct Job {
  struct Job *next;
  /** Of the packets to be sent. */
  size_t bytes;
  size_t count;
  Task tasks[];
} Job;

typedef struct Sender Sender;

Sender *sender_create(UdpSocket *socket, void (*notify)(void *), void *context);
void sender_stop(Sender *sender);
void sender_destroy(Sender *sender);

/** From any thread. */
void sender_open_slot(Sender *sender, uint32_t handle, SrtpSession *session, const Address *to, const Address *from);
void sender_set_path(Sender *sender, uint32_t handle, const Address *to, const Address *from);
void sender_close_slot(Sender *sender, uint32_t handle);

/** NULL: no memory. Each task that is filled in has a reference to its packets. */
Job *job_create(size_t count);
void job_destroy(Job *job);
/** Takes the job. False: too much is waiting, and the job is the caller's still. */
bool sender_push(Sender *sender, Job *job);
bool sender_has_room(Sender *sender, size_t bytes);

size_t sender_reports(Sender *sender, FanoutReport *reports, size_t most);
void sender_stats(Sender *sender, FanoutStats *stats);

#endif
