// SPDX-License-Identifier: ISC
//
// daemon/worker_spool.cpp - how one worker reaches the spool.

#include "daemon/worker_spool.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/directory_id.h"
#include "base/random.h"
#include "base/text.h"
#include "sandbox/privileges.h"
#include "spool/file_committer.h"
#include "spool/journal_committer.h"
#include "spool/journal_slot.h"

namespace postern::daemon {

namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

}  // namespace

WorkerSpool::WorkerSpool(net::Loop& loop, std::unique_ptr<FileOps> files)
    : files_(std::move(files)), next_turn_(loop, [] {}), deadline_(loop, [this] {
        armed_.reset();
        committer_->on_timer();
      }) {}

Result<std::unique_ptr<WorkerSpool>> WorkerSpool::open(net::Loop& loop, WorkerSetup& setup) {
  const conf::Config::Spool& settings = setup.generation->config.spool;
  auto files = open_file_ops(settings.path);
  if (!files) return tl::unexpected(std::move(files.error()));
  std::unique_ptr<WorkerSpool> spool{new WorkerSpool{loop, std::move(*files)}};
  if (settings.engine == conf::SpoolEngine::file) {
    spool->committer_ = std::make_unique<spool::FileCommitter>(*spool->files_);
    return spool;
  }
  if (auto opened = spool->open_journal(loop, setup); !opened) {
    return tl::unexpected(std::move(opened.error()));
  }
  return spool;
}

// Journals belong to the user, who may have put links there: root must not follow them.
Result<void> WorkerSpool::open_journal(net::Loop& loop, WorkerSetup& setup) {
  const conf::Config& config = setup.generation->config;
  const auto spool_id = identify_directory(config.spool.path);
  if (!spool_id) return tl::unexpected(spool_id.error());
  auto directory = open_journal_directory(cat(config.spool.path, "/journal"));
  if (!directory) return tl::unexpected(std::move(directory.error()));
  const auto user = sandbox::find_user(config.user);
  if (!user) return tl::unexpected(user.error());
  const auto acting = sandbox::ActingAs::begin(*user);
  if (!acting) return tl::unexpected(acting.error());
  auto slot = spool::take_slot(**directory, config.spool.journal.size);
  if (!slot) {
    Error error = std::move(slot.error());
    if (error.is_no_room()) {
      error.what = cat("spool.journal.size is more than there is room for: ", error.what);
    }
    return tl::unexpected(std::move(error));
  }
  flusher_.emplace(loop, std::move(setup.flushers.syncs), std::move(setup.flushers.checkpoints),
                   setup.scoreboard.statistics(setup.row));
  if (auto given = flusher_->give(*slot->file); !given) return given;
  const std::uint64_t round = random_number();
  setup.journals.begin(setup.row, {slot->number, round, *spool_id});
  auto started = spool::JournalCommitter::start(
      {.files = *files_,
       .flusher = *flusher_,
       .written = setup.journals.mark(setup.row),
       .clock = [] { return SteadyClock::now(); },
       .on_failed = [this] { has_failed_ = true; },
       .most_in_memory = static_cast<std::size_t>(config.spool.journal.max_message)},
      std::move(*slot), round);
  if (!started) return tl::unexpected(std::move(started.error()));
  // So that nobody looks for what is left.
  on_shut_down_ = [&journals = setup.journals, row = setup.row, &committer = **started] {
    if (committer.is_clean()) journals.clear(row);
  };
  committer_ = std::move(*started);
  return {};
}

void WorkerSpool::flush() {
  committer_->flush();
  // What the answers have made ready is the next turn's group, so that all others get their turn.
  if (committer_->has_waiting()) next_turn_.start(milliseconds{0});
  const auto deadline = committer_->next_deadline();
  if (deadline == armed_) return;
  armed_ = deadline;
  if (!deadline) return deadline_.stop();
  const auto left = std::chrono::ceil<milliseconds>(*deadline - SteadyClock::now());
  deadline_.start(std::max(left, milliseconds{0}));
}

bool WorkerSpool::shut_down() {
  committer_->shut_down();
  if (!committer_->is_shut_down()) flush();  // for the deadline
  if (!committer_->is_shut_down()) return false;
  on_shut_down_();
  return true;
}

}  // namespace postern::daemon
