// One thread that encrypts and sends the same packets to many viewers. No Node-API here. Functions without a word about threads are
// for the owner only, which is one thread.
#ifndef MOONSHARE_WEBRTC_FANOUT_H
#define MOONSHARE_WEBRTC_FANOUT_H

#include "srtp.h"
#include "udp.h"

/** Viewers at a time. */
#define FANOUT_SLOTS 1024
/** An RTP packet in the clear, and how many of them at once: the largest frame has 4,300. */
#define FANOUT_PACKET_MOST 2048
#define FANOUT_PACKETS_MOST 8192

/** RTP in the clear, shared by all viewers. */
typedef struct Packets Packets;
/** NULL: out of memory. The caller has the first reference. `bytes`: the sum of their sizes. */
Packets *packets_create(size_t count, size_t bytes);
/** False: not a packet with the header that viewers share (20 bytes with one extension), or more than was said. */
bool packets_add(Packets *packets, const uint8_t *data, size_t length);
/** From any thread. */
void packets_release(Packets *packets);

/** How one viewer gets the packets. `twcc_extension` 0: it has no such extension. */
typedef struct {
  uint32_t handle;
  uint32_t ssrc;
  uint16_t sequence;
  uint16_t twcc;
  uint8_t payload_type;
  uint8_t extension;
  uint8_t twcc_extension;
} FanoutViewer;

/** Resending in a stream of its own (RFC 4588). */
typedef struct {
  uint32_t ssrc;
  uint16_t sequence;
  uint16_t twcc;
  uint8_t payload_type;
} FanoutRtx;

/** What the kernel did not take for one viewer since the last report. */
typedef struct {
  uint32_t handle;
  uint32_t full, too_large, unreachable;
} FanoutReport;

typedef struct {
  /** Taken by the kernel. `segmented`: of these, sent many at a time. */
  uint64_t packets, bytes, segmented;
  uint64_t full, too_large, unreachable;
  /** Packets of viewers that were gone when their turn came. */
  uint64_t stale;
  /** Calls refused because too much was waiting, and viewers left out because a number would have been used twice. */
  uint64_t overflows, reused;
} FanoutStats;

typedef struct Fanout Fanout;

/** `notify` is called on the thread when there is something to report. NULL: no memory, or no thread. */
Fanout *fanout_create(UdpSocket *socket, void (*notify)(void *), void *context);
/** Ends the thread, from any thread and more than once. What was waiting is not sent. */
void fanout_stop(Fanout *fanout);
/** Stops it first. */
void fanout_destroy(Fanout *fanout);

/** A handle, never 0; 0: there are too many. `from`: the address of ours to send from, or none. */
uint32_t fanout_add(Fanout *fanout, SrtpSession *session, const Address *to, const Address *from);
/** What waits goes the new way too. False, here and below: no such viewer. */
bool fanout_set_path(Fanout *fanout, uint32_t handle, const Address *to, const Address *from);
/** What waits for it is not sent, not to whoever gets its place either. */
bool fanout_remove(Fanout *fanout, uint32_t handle);

/**
 * Sends the packets to these viewers; `keep`: they can be resent. Returns to how many; those that are gone, or whose numbers were used
 * before, are left out. SIZE_MAX: too much is waiting, or no memory, and nobody gets it.
 */
size_t fanout_send(Fanout *fanout, Packets *packets, const FanoutViewer *viewers, size_t count, bool keep);
/**
 * Sends again what one viewer was sent with these numbers, the very same packets; with `rtx` in that stream instead, numbered one after
 * the other. Returns how many; the others are no longer kept.
 */
size_t fanout_resend(Fanout *fanout, uint32_t handle, uint32_t ssrc, const uint16_t *sequences, size_t count,
                     const FanoutRtx *rtx);

/** Takes up to `most` reports. */
size_t fanout_reports(Fanout *fanout, FanoutReport *reports, size_t most);
void fanout_stats(Fanout *fanout, FanoutStats *stats);

#endif
