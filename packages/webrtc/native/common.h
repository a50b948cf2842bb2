// What the parts of the addon share: checked arguments, errors with codes, pointers that JavaScript holds.
#ifndef MOONSHARE_WEBRTC_COMMON_H
#define MOONSHARE_WEBRTC_COMMON_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The most arguments that a function of the addon takes. */
#define MAX_ARGUMENTS 8

/** Leaves a function that returns napi_value if a call failed. An exception is pending then. */
#define TRY(env, call)                              \
  do {                                              \
    if ((call) != napi_ok) return throw_napi((env)); \
  } while (0)

typedef struct {
  uint8_t *data;
  size_t length;
} Bytes;

/** Throws an Error with `code`, unless one is pending already. Returns NULL, for `return throw_error(...)`. */
napi_value throw_error(napi_env env, const char *code, const char *message);
/** Throws what the last Node-API call complained about. Returns NULL. */
napi_value throw_napi(napi_env env);

/** Takes exactly `count` arguments (at most MAX_ARGUMENTS). False: an exception is pending, as in all functions below. */
bool get_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments);
/** A Uint8Array (a Buffer is one) of `least` to `most` bytes. The memory is JavaScript's: valid until the callback returns. */
bool get_bytes(napi_env env, napi_value value, size_t least, size_t most, Bytes *bytes);
/** An integer from `least` to `most`. */
bool get_integer(napi_env env, napi_value value, int64_t least, int64_t most, int64_t *number);
/** A string as UTF-8 with a final NUL, in memory that the caller frees. At most `most` bytes, none of them NUL. */
bool get_string(napi_env env, napi_value value, size_t most, char **text);

/** An object that owns `pointer` and can only be opened with the same tag. On failure the pointer is still the caller's. */
napi_value wrap_pointer(napi_env env, void *pointer, napi_finalize finalize, const napi_type_tag *tag);
/** NULL: not an object of this kind, or its pointer was taken; an exception is pending. */
void *unwrap_pointer(napi_env env, napi_value value, const napi_type_tag *tag);

/** A Uint8Array of its own with a copy of these bytes. */
napi_value copy_bytes(napi_env env, const void *data, size_t length);
bool set_property(napi_env env, napi_value object, const char *name, napi_value value);
bool set_function(napi_env env, napi_value object, const char *name, napi_callback callback);

// Each part has one function `bool register_NAME(napi_env env, napi_value exports)` that adds to the exports; addon.c calls them.

#endif
