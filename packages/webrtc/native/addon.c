// The entry of the addon. Nothing is linked: OpenSSL and Node-API are the running Node's own symbols. They are all resolved when
// the file is loaded (-z now), so a Node that lacks one is an error of `dlopen` and never a crash later.
#include "common.h"

#include <openssl/crypto.h>

bool register_dtls(napi_env env, napi_value exports);
bool register_srtp(napi_env env, napi_value exports);
bool register_socket(napi_env env, napi_value exports);
bool register_fanout(napi_env env, napi_value exports);
bool register_gcm(napi_env env, napi_value exports);

/** Functions stay the same within a major version of OpenSSL; newer minor versions only add to them. */
#define OPENSSL_MAJOR 3

NAPI_MODULE_INIT() {
  if (OPENSSL_version_major() != OPENSSL_MAJOR)
    return throw_error(env, "ERR_OPENSSL_VERSION", "this Node has another OpenSSL than version 3");
  napi_value version = NULL;
  TRY(env, napi_create_string_utf8(env, OpenSSL_version(OPENSSL_VERSION_STRING), NAPI_AUTO_LENGTH, &version));
  if (!set_property(env, exports, "openssl", version)) return NULL;
  if (!register_dtls(env, exports) || !register_srtp(env, exports) || !register_socket(env, exports) ||
      !register_fanout(env, exports) || !register_gcm(env, exports))
    return NULL;
  return exports;
}
