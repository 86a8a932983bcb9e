// SPDX-License-Identifier: ISC
//
// server/flusher_process.h - a process that waits for the disk in a worker's place.

#pragma once

namespace postern::server {

// Does what comes on fd, a blocking SOCK_SEQPACKET socket (server/flusher_protocol.h), until the
// other end is closed; spool is a descriptor for syncfs that is nobody else's.  Returns whether it
// ended that way; else it has understood nothing any more, and the log has the reason.
bool run_flusher(int fd, int spool);

}  // namespace postern::server
