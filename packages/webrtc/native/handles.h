// The objects that one part of the addon takes from another.
#ifndef MOONSHARE_WEBRTC_HANDLES_H
#define MOONSHARE_WEBRTC_HANDLES_H

#include "common.h"
#include "srtp.h"
#include "udp.h"

/** An IP address as text, at most. */
#define ADDRESS_TEXT_MOST 45

/** NULL: not a session, or it is freed; an exception is pending. */
SrtpSession *unwrap_srtp_session(napi_env env, napi_value value);
/** NULL: not a socket, or it is closed; an exception is pending. */
UdpSocket *unwrap_socket(napi_env env, napi_value value);
/** False: not an IP address and a port; an exception is pending. */
bool get_address(napi_env env, napi_value text, napi_value port, Address *address);
/** As above without a port; "" or undefined is none. */
bool get_source(napi_env env, napi_value text, Address *address);

#endif
