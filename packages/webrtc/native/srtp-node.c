// What JavaScript sees of SRTP: sessions, and protecting single packets.
#include "handles.h"

/** An RTCP packet is one datagram. */
#define PACKET_MOST 65535

static const napi_type_tag SESSION = {0x6b1f0e7d93c24a58, 0xa1d2c40b7e6f9835};

SrtpSession *unwrap_srtp_session(napi_env env, napi_value value) { return unwrap_pointer(env, value, &SESSION); }

static void finalize_session(napi_env env, void *session, void *hint) {
  (void)env, (void)hint;
  srtp_release(session);
}

/** (profile, local, remote): a session. */
static napi_value create(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int64_t profile = 0;
  Bytes local, remote;
  if (!get_arguments(env, info, 3, arguments) ||
      !get_integer(env, arguments[0], AEAD_AES_128_GCM, AES128_CM_SHA1_80, &profile))
    return NULL;
  const size_t length = srtp_master_bytes((SrtpProfile)profile);
  if (!get_bytes(env, arguments[1], length, length, &local) || !get_bytes(env, arguments[2], length, length, &remote))
    return NULL;
  SrtpSession *session = srtp_create((SrtpProfile)profile, local.data, remote.data);
  if (session == NULL) return throw_error(env, "ERR_SRTP", "OpenSSL cannot make the ciphers");
  napi_value object = wrap_pointer(env, session, finalize_session, &SESSION);
  if (object == NULL) srtp_release(session);
  return object;
}

typedef size_t Convert(SrtpSession *session, const uint8_t *packet, size_t length, uint8_t *out);

/** (session, packet, out): bytes written to `out`, 0 if refused. */
static napi_value convert(napi_env env, napi_callback_info info, Convert *function, size_t overhead) {
  napi_value arguments[3], result = NULL;
  Bytes packet, out;
  if (!get_arguments(env, info, 3, arguments)) return NULL;
  SrtpSession *session = unwrap_srtp_session(env, arguments[0]);
  if (session == NULL || !get_bytes(env, arguments[1], 0, PACKET_MOST, &packet) ||
      !get_bytes(env, arguments[2], packet.length + overhead, SIZE_MAX, &out))
    return NULL;
  TRY(env, napi_create_uint32(env, (uint32_t)function(session, packet.data, packet.length, out.data), &result));
  return result;
}

static napi_value protect_rtp(napi_env env, napi_callback_info info) {
  return convert(env, info, srtp_protect_packet, SRTP_OVERHEAD);
}

static napi_value protect(napi_env env, napi_callback_info info) {
  return convert(env, info, srtcp_protect, SRTCP_OVERHEAD);
}

static napi_value unprotect(napi_env env, napi_callback_info info) { return convert(env, info, srtcp_unprotect, 0); }

/** (session): gives up its keys; what is being sent with it is still sent. */
static napi_value release(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  void *session = NULL;
  if (!get_arguments(env, info, 1, arguments) || unwrap_srtp_session(env, arguments[0]) == NULL) return NULL;
  TRY(env, napi_remove_wrap(env, arguments[0], &session));
  srtp_release(session);
  return NULL;
}

bool register_srtp(napi_env env, napi_value exports) {
  return set_function(env, exports, "srtpCreate", create) && set_function(env, exports, "srtpProtectRtp", protect_rtp) &&
         set_function(env, exports, "srtpProtectRtcp", protect) &&
         set_function(env, exports, "srtpUnprotectRtcp", unprotect) && set_function(env, exports, "srtpFree", release);
}
