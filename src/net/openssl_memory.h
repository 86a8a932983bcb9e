// SPDX-License-Identifier: ISC
//
// net/openssl_memory.h - what OpenSSL frees is overwritten.

#pragma once

namespace postern::net {

// OpenSSL overwrites keys themselves, but not all that it has decoded them from; and a process that
// is forked later, to do without the keys, would find that in its memory.  To be called before
// anything of OpenSSL is; after that it has no effect.
void wipe_what_openssl_frees();

}  // namespace postern::net
