#include "common.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

napi_value throw_error(napi_env env, const char *code, const char *message) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_error(env, code, message);
  return NULL;
}

napi_value throw_napi(napi_env env) {
  const napi_extended_error_info *info = NULL;
  const char *message = NULL;
  if (napi_get_last_error_info(env, &info) == napi_ok && info != NULL) message = info->error_message;
  return throw_error(env, "ERR_NODE_API", message == NULL ? "a Node-API call failed" : message);
}

static bool refuse(napi_env env, const char *message) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", message);
  return false;
}

bool get_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments) {
  size_t given = count;
  if (count > MAX_ARGUMENTS || napi_get_cb_info(env, info, &given, arguments, NULL, NULL) != napi_ok) {
    throw_napi(env);
    return false;
  }
  return given == count || refuse(env, "the number of arguments is wrong");
}

bool get_bytes(napi_env env, napi_value value, size_t least, size_t most, Bytes *bytes) {
  bool is_typed_array = false;
  napi_typedarray_type type = napi_int8_array;
  void *data = NULL;
  size_t length = 0;
  if (napi_is_typedarray(env, value, &is_typed_array) != napi_ok || !is_typed_array)
    return refuse(env, "a Uint8Array is expected");
  if (napi_get_typedarray_info(env, value, &type, &length, &data, NULL, NULL) != napi_ok || type != napi_uint8_array)
    return refuse(env, "a Uint8Array is expected");
  if (length < least || length > most || (data == NULL && length > 0))
    return refuse(env, "the length of the Uint8Array is out of range");
  bytes->data = data;
  bytes->length = length;
  return true;
}

bool get_integer(napi_env env, napi_value value, int64_t least, int64_t most, int64_t *number) {
  double given = 0;
  if (napi_get_value_double(env, value, &given) != napi_ok) return refuse(env, "a number is expected");
  // The comparison comes before the conversion, which is undefined for values out of range.
  if (!(given >= (double)least && given <= (double)most) || given != floor(given))
    return refuse(env, "the number is not an integer in its range");
  *number = (int64_t)given;
  return true;
}

bool get_string(napi_env env, napi_value value, size_t most, char **text) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) return refuse(env, "a string is expected");
  if (length > most) return refuse(env, "the string is too long");
  char *copy = malloc(length + 1);
  if (copy == NULL) return refuse(env, "out of memory");
  size_t copied = 0;
  if (napi_get_value_string_utf8(env, value, copy, length + 1, &copied) != napi_ok || strlen(copy) != length) {
    free(copy);
    return refuse(env, "the string cannot be read");
  }
  *text = copy;
  return true;
}

napi_value wrap_pointer(napi_env env, void *pointer, napi_finalize finalize, const napi_type_tag *tag) {
  napi_value object = NULL;
  TRY(env, napi_create_object(env, &object));
  TRY(env, napi_type_tag_object(env, object, tag));
  TRY(env, napi_wrap(env, object, pointer, finalize, NULL, NULL));
  return object;
}

void *unwrap_pointer(napi_env env, napi_value value, const napi_type_tag *tag) {
  napi_valuetype type = napi_undefined;
  bool matches = false;
  void *pointer = NULL;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_object ||
      napi_check_object_type_tag(env, value, tag, &matches) != napi_ok || !matches ||
      napi_unwrap(env, value, &pointer) != napi_ok || pointer == NULL) {
    refuse(env, "an object of another kind");
    return NULL;
  }
  return pointer;
}

napi_value copy_bytes(napi_env env, const void *data, size_t length) {
  napi_value buffer = NULL, array = NULL;
  void *copy = NULL;
  TRY(env, napi_create_arraybuffer(env, length, &copy, &buffer));
  if (length > 0) memcpy(copy, data, length);
  TRY(env, napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &array));
  return array;
}

bool set_property(napi_env env, napi_value object, const char *name, napi_value value) {
  if (value != NULL && napi_set_named_property(env, object, name, value) == napi_ok) return true;
  throw_napi(env);
  return false;
}

bool set_function(napi_env env, napi_value object, const char *name, napi_callback callback) {
  napi_value function = NULL;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, NULL, &function) != napi_ok) {
    throw_napi(env);
    return false;
  }
  return set_property(env, object, name, function);
}
