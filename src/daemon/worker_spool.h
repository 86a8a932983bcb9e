// SPDX-License-Identifier: ISC
//
// daemon/worker_spool.h - how one worker reaches the spool.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/file_ops.h"
#include "base/result.h"
#include "daemon/worker.h"
#include "net/loop.h"
#include "server/flusher_client.h"
#include "spool/committer.h"

namespace postern::daemon {

// The files and the engine that the configuration names, with the journal and its flushers if that
// is the one.
class WorkerSpool {
 public:
  // What it is opened with outlives it.  Waits for the disk, and may write a whole journal.  To be
  // called before the sandbox is entered: the way to the spool may be open to root only.
  static Result<std::unique_ptr<WorkerSpool>> open(net::Loop& loop, WorkerSetup& setup);

  FileOps& files() { return *files_; }
  spool::Committer& committer() { return *committer_; }

  // To be called at the end of each turn of the loop.
  void flush();

  // Brings all to an end; true when that is done.  To be called again at the end of each turn.
  bool shut_down();

  // No message is accepted any more: somebody else has to serve.
  bool has_failed() const { return has_failed_; }

 private:
  WorkerSpool(net::Loop& loop, std::unique_ptr<FileOps> files);

  Result<void> open_journal(net::Loop& loop, WorkerSetup& setup);

  std::unique_ptr<FileOps> files_;
  std::optional<server::FlusherClient> flusher_;
  std::unique_ptr<spool::Committer> committer_;
  std::function<void()> on_shut_down_ = [] {};
  bool has_failed_ = false;
  net::Timer next_turn_;
  std::optional<spool::Committer::TimePoint> armed_;  // for when deadline_ is
  net::Timer deadline_;
};

}  // namespace postern::daemon
