// SPDX-License-Identifier: ISC
//
// server/flusher_client.h - a worker's way to its flushers.

#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/journal_file.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "net/loop.h"
#include "server/statistics.h"
#include "spool/flusher.h"

namespace postern::server {

// Two processes, so that a checkpoint delays no sync.  When one of them has died, what it was asked
// for has failed, and so has all that it is asked for later; nothing replaces it.
class FlusherClient final : public spool::Flusher {
 public:
  // Each is one end of a SOCK_SEQPACKET pair whose other end a flusher reads.
  FlusherClient(net::Loop& loop, UniqueFd syncs, UniqueFd checkpoints, Statistics statistics);

  // To be called first: gives each of them the journal, opened for itself.
  Result<void> give(const JournalFile& journal);

  void sync_journal(Done done) override;
  void checkpoint(HeaderBlock block, Done done) override;

 private:
  // One at a time is asked, and answers.
  class Line {
   public:
    Line(net::Loop& loop, UniqueFd fd, Histogram histogram, Statistics statistics);

    Result<void> give(const JournalFile& journal);
    void ask(const std::string& packet, Done done);

   private:
    void on_readable();
    void finish(const Result<void>& result);

    UniqueFd fd_;
    Histogram histogram_;
    Statistics statistics_;
    bool is_gone_ = false;
    Done done_;
    std::chrono::steady_clock::time_point asked_{};
    net::ReadWatch watch_;
    net::Timer failed_;
  };

  Line syncs_;
  Line checkpoints_;
};

}  // namespace postern::server
