// SPDX-License-Identifier: ISC
//
// net/openssl_memory.cpp - what OpenSSL frees is overwritten.

#include "net/openssl_memory.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <string.h>

#include <algorithm>
#include <cstdlib>

namespace postern::net {

namespace {

// The last two parameters, of all three, are where in OpenSSL the call comes from.

void* allocate(std::size_t size, const char*, int) noexcept {
  return std::malloc(size);
}

void release(void* block, const char*, int) noexcept {
  if (block == nullptr) return;
  ::explicit_bzero(block, ::malloc_usable_size(block));
  std::free(block);
}

// realloc would leave the old block as it is.
void* reallocate(void* block, std::size_t size, const char* file, int line) noexcept {
  if (block == nullptr) return std::malloc(size);
  if (size == 0) {
    release(block, file, line);
    return nullptr;
  }
  void* larger = std::malloc(size);
  if (larger == nullptr) return nullptr;
  ::memcpy(larger, block, std::min(size, ::malloc_usable_size(block)));
  release(block, file, line);
  return larger;
}

}  // namespace

void wipe_what_openssl_frees() {
  ::CRYPTO_set_mem_functions(allocate, reallocate, release);
}

}  // namespace postern::net
