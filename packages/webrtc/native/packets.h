// The inside of Packets, for the owner and the thread of a Fanout.
#ifndef MOONSHARE_WEBRTC_PACKETS_H
#define MOONSHARE_WEBRTC_PACKETS_H

#include "fanout.h"

/** RTP header with playout-delay: 12 + 4 + 4. */
#define SHARED_HEADER 20

struct Packets {
  atomic_uint references;
  uint32_t count, room;
  size_t bytes;
  /** In the history of what can be resent; and since when. */
  uint64_t serial;
  int64_t sent_ns;
  uint8_t *data;
  /** Where each begins, and after the last, where it ends. */
  uint32_t offsets[];
};

void packets_retain(Packets *packets);

#endif
