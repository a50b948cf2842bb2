// The objects that one part of the addon takes from another.
#ifndef MOONSHARE_WEBRTC_HANDLES_H
#define MOONSHARE_WEBRTC_HANDLES_H

#include "common.h"
#include "srtp.h"

/** NULL: not a session, or it is freed; an exception is pending. */
SrtpSession *unwrap_srtp_session(napi_env env, napi_value value);

#endif
