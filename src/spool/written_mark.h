// SPDX-License-Identifier: ISC
//
// spool/written_mark.h - how far a worker has got in bringing its journal into the Maildir.

#pragma once

#include <atomic>
#include <cstdint>

namespace postern::spool {

// One for each slot, in memory that outlives the worker but not the machine.  It holds the sequence
// of the last record whose file was renamed into new/, or was just about to be: it is stored before
// the rename.  0 says nothing, which new memory does: then what was written may be lost.
using WrittenMark = std::atomic<std::uint64_t>;

}  // namespace postern::spool
