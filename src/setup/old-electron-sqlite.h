// Node-API 10 lets a reference hold a string; before it, a reference holds objects only. better-sqlite3 13
// uses nothing else of version 10, so with strings held in a marked array it runs on Node-API 8 too.
// Included ahead of its sources by old-electron-sqlite.mjs.
#include <node_api.h>

static inline napi_status boxing_create_reference(napi_env env, napi_value value, uint32_t count,
                                                  napi_ref* result) {
  napi_valuetype type;
  napi_status status = napi_typeof(env, value, &type);
  if (status == napi_ok && type == napi_string) {
    napi_value box;
    status = napi_create_array(env, &box);
    if (status == napi_ok) status = napi_set_named_property(env, box, "boxedString", value);
    if (status != napi_ok) return status;
    value = box;
  }
  return napi_create_reference(env, value, count, result);
}

static inline napi_status boxing_get_reference_value(napi_env env, napi_ref ref,
                                                     napi_value* result) {
  napi_status status = napi_get_reference_value(env, ref, result);
  if (status != napi_ok || *result == nullptr) return status;
  bool yes = false;
  if (napi_is_array(env, *result, &yes) != napi_ok || !yes) return status;
  if (napi_has_named_property(env, *result, "boxedString", &yes) != napi_ok || !yes) return status;
  return napi_get_named_property(env, *result, "boxedString", result);
}

#define napi_create_reference boxing_create_reference
#define napi_get_reference_value boxing_get_reference_value
