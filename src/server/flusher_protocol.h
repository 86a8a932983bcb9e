// SPDX-License-Identifier: ISC
//
// server/flusher_protocol.h - what a worker and its flushers say to each other.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "spool/flusher.h"

namespace postern::server {

// Packets of a SOCK_SEQPACKET pair; both ends are on one machine and of one program, so numbers
// stand as they are in memory.

// From the worker.  The first packet brings two descriptors (SCM_RIGHTS): the journal to sync, and
// that with the lock, which is only kept.
inline constexpr char give_journal = 'j';

// From then on: 's', or 'c' with offset and octets of a block.
std::string sync_request();
std::string checkpoint_request(const spool::Flusher::HeaderBlock& block);

struct FlushRequest {
  std::optional<spool::Flusher::HeaderBlock> checkpoint;  // nothing: a sync
};
std::optional<FlushRequest> parse_flush_request(std::string_view packet);

// Longer than any request.
inline constexpr std::size_t max_flush_request = 8192;

// From the flusher: the step that has failed, and why.
enum class FlushStep : std::uint8_t { none, sync_journal, sync_spool, write_header };

struct FlushAnswer {
  FlushStep failed = FlushStep::none;
  std::int32_t sys_errno = 0;

  Result<void> result() const;
};

std::string format_flush_answer(const FlushAnswer& answer);
std::optional<FlushAnswer> parse_flush_answer(std::string_view packet);

}  // namespace postern::server
