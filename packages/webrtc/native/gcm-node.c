// What JavaScript sees of AES-128-GCM: a cipher that lives as long as its key, for protocols that decrypt datagram by datagram.
#include "common.h"

#include <openssl/evp.h>

#define KEY_BYTES 16
#define IV_BYTES 12
#define TAG_BYTES 16
#define MESSAGE_MOST 65535

static const napi_type_tag CIPHER = {0x51c7d0a96e3b2f84, 0x8d2e94f1b07a6c35};

static void finalize_cipher(napi_env env, void *cipher, void *hint) {
  (void)env, (void)hint;
  EVP_CIPHER_CTX_free(cipher);
}

/** (key): a cipher. */
static napi_value create(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Bytes key;
  if (!get_arguments(env, info, 1, arguments) || !get_bytes(env, arguments[0], KEY_BYTES, KEY_BYTES, &key)) return NULL;
  EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
  if (cipher == NULL || EVP_DecryptInit_ex(cipher, EVP_aes_128_gcm(), NULL, key.data, NULL) != 1) {
    EVP_CIPHER_CTX_free(cipher);
    return throw_error(env, "ERR_GCM", "OpenSSL cannot make the cipher");
  }
  napi_value object = wrap_pointer(env, cipher, finalize_cipher, &CIPHER);
  if (object == NULL) EVP_CIPHER_CTX_free(cipher);
  return object;
}

static bool decrypt(EVP_CIPHER_CTX *cipher, const uint8_t *iv, const uint8_t *tag, Bytes sealed, uint8_t *out) {
  uint8_t none[TAG_BYTES];
  int written = 0, rest = 0;
  return EVP_DecryptInit_ex(cipher, NULL, NULL, NULL, iv) == 1 &&
         (sealed.length == 0 || (EVP_DecryptUpdate(cipher, out, &written, sealed.data, (int)sealed.length) == 1 &&
                                 written == (int)sealed.length)) &&
         EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, (void *)(uintptr_t)tag) == 1 &&
         EVP_DecryptFinal_ex(cipher, none, &rest) == 1;
}

/** (cipher, message, where its IV is, its tag, its sealed bytes to the end, out): whether it is genuine. If not, `out` is rubbish. */
static napi_value open_message(napi_env env, napi_callback_info info) {
  napi_value arguments[6], result = NULL;
  Bytes message, out;
  int64_t iv = 0, tag = 0, sealed = 0;
  if (!get_arguments(env, info, 6, arguments)) return NULL;
  EVP_CIPHER_CTX *cipher = unwrap_pointer(env, arguments[0], &CIPHER);
  if (cipher == NULL || !get_bytes(env, arguments[1], TAG_BYTES, MESSAGE_MOST, &message) ||
      !get_integer(env, arguments[2], 0, (int64_t)message.length - IV_BYTES, &iv) ||
      !get_integer(env, arguments[3], 0, (int64_t)message.length - TAG_BYTES, &tag) ||
      !get_integer(env, arguments[4], 0, (int64_t)message.length, &sealed))
    return NULL;
  const Bytes part = {message.data + sealed, message.length - (size_t)sealed};
  if (!get_bytes(env, arguments[5], part.length, SIZE_MAX, &out)) return NULL;
  TRY(env, napi_get_boolean(env, decrypt(cipher, message.data + iv, message.data + tag, part, out.data), &result));
  return result;
}

bool register_gcm(napi_env env, napi_value exports) {
  return set_function(env, exports, "gcmCreate", create) && set_function(env, exports, "gcmOpen", open_message);
}
