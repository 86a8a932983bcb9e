// SPDX-License-Identifier: ISC
//
// daemon/recovery_process.cpp - what a process does that brings the journal into the Maildir.

#include "daemon/recovery_process.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/directory_id.h"
#include "base/file_ops.h"
#include "base/journal_file.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/confine.h"
#include "daemon/exit_status.h"
#include "spool/journal_recovery.h"
#include "spool/journal_slot.h"

namespace postern::daemon {

namespace {

// For the flushers of a dead worker, which have the slot locked until the disk lets them go.
constexpr std::chrono::seconds longest_wait{10};
constexpr useconds_t between_tries = 50'000;

// What a recovery works on.
struct Place {
  DirectoryId spool;
  std::unique_ptr<FileOps> files;
  std::unique_ptr<JournalDirectory> journal;  // nullptr: there is none
  UniqueFd journal_fd;                        // of the same
};

std::string journal_of(const conf::Config& config) {
  return cat(config.spool.path, "/journal");
}

Result<Place> open_place(const conf::Config& config) {
  const auto spool = identify_directory(config.spool.path);
  if (!spool) return tl::unexpected(spool.error());
  auto files = open_file_ops(config.spool.path);
  if (!files) return tl::unexpected(std::move(files.error()));
  const std::string path = journal_of(config);
  auto journal = open_journal_directory(path);
  if (!journal && journal.error().sys_errno != ENOENT) {
    return tl::unexpected(std::move(journal.error()));
  }
  return Place{*spool, std::move(*files), journal ? std::move(*journal) : nullptr,
               UniqueFd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)}};
}

// False if it failed, and the log says so.
bool enter_sandbox(const conf::Config& config) {
  const auto confined = confine(config, sandbox::Role::recovery);
  if (!confined) complain_of_recovery(confined.error());
  return confined.has_value();
}

int tell(const Result<spool::JournalRecovery>& recovery) {
  if (!recovery) return complain_of_recovery(recovery.error());
  if (recovery->slots > 0 || recovery->messages > 0) {
    log::write(log::Level::info, "journal_recovered",
               {{"slots", recovery->slots},
                {"messages", recovery->messages},
                {"repaired", recovery->repaired},
                {"damaged", recovery->damaged}});
  }
  return EX_OK;
}

int tell_held(std::uint64_t slots, Try which) {
  if (which == Try::first) log::write(log::Level::warning, "journal_held", {{"slots", slots}});
  return exit_held;
}

// The newest header of a file of the journal, whoever has it locked.  sys_errno is 0 if the file is
// there, but holds none that can be read.
Result<spool::JournalHeader> look_at(int journal, const std::string& name) {
  const UniqueFd fd{::openat(journal, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!fd.is_open()) return fail_errno(cat("open journal/", name), errno);
  std::string blocks(spool::journal_records_begin, '\0');
  const ssize_t octets = ::pread(fd.get(), blocks.data(), blocks.size(), 0);
  blocks.resize(octets < 0 ? 0 : static_cast<std::size_t>(octets));
  return spool::parse_headers(blocks);
}

// Whether a recovery that was cut off since, or posternd -R, has kept it aside as damaged.
bool is_kept_aside(Place& place, const server::JournalBoard::Work& work) {
  const auto names = place.journal->list();
  if (!names) return false;
  const std::string begin = cat(spool::slot_name(work.slot), ".damaged");
  return std::any_of(names->begin(), names->end(), [&](const std::string& name) {
    if (!name.starts_with(begin)) return false;
    const auto header = look_at(place.journal_fd.get(), name);
    return header && header->round == work.round;
  });
}

// Whether there is nothing to do.  If the slot is another worker's by now, to which the mark means
// nothing, the one that has died has left it clean, or somebody has run posternd -R since.
//
// A slot that is not there is an error, as is one of another spool that is mounted in the place of
// the worker's.
Result<bool> is_done(Place& place, const server::JournalBoard::Work& work) {
  const auto header = look_at(place.journal_fd.get(), spool::slot_name(work.slot));
  if (header && header->round == work.round) return header->is_clean;
  if (header && place.spool.is_same_file(work.spool)) return true;
  if (header) {
    return fail(Errc::temporary, cat("journal/", spool::slot_name(work.slot),
                                     " is that of another spool than the worker has left"));
  }
  if (header.error().sys_errno == 0) return false;
  if (is_kept_aside(place, work)) return true;
  return tl::unexpected(header.error());
}

// What a worker that has ended has left.  Returns the exit code.
int recover_one(Place& place, const server::JournalBoard::Work& work, spool::WrittenMark& mark,
                Try which) {
  const auto deadline = std::chrono::steady_clock::now() + longest_wait;
  while (true) {
    const auto done = is_done(place, work);
    if (!done) {
      mark.store(0);
      return complain_of_recovery(done.error());
    }
    if (*done) return EX_OK;
    const auto recovery =
        spool::recover_slot(*place.files, *place.journal, work.slot, mark, work.round);
    if (!recovery || recovery->held == 0) return tell(recovery);
    if (std::chrono::steady_clock::now() >= deadline) {
      mark.store(0);  // a disk that hangs may fail next, and come back without what it was given
      return tell_held(1, which);
    }
    ::usleep(between_tries);
  }
}

// What workers may need at once: those of a reload begin while those before them end.
std::size_t most_slots(const conf::Config& config) {
  return config.spool.engine == conf::SpoolEngine::journal ? std::size_t{2} * config.workers : 0;
}

int recover_here(const conf::Config& config) {
  auto place = open_place(config);
  if (!place) return complain_of_recovery(place.error());
  if (!place->journal) return EX_OK;
  // Who comes second waits until the first has done it: so a program that may run when posternd -R
  // has ended does not meet what a server that starts has not looked at yet.
  if (::flock(place->journal_fd.get(), LOCK_EX) != 0) {
    return complain_of_recovery(fail_errno("lock journal/", errno).value());
  }
  if (!enter_sandbox(config)) return EX_NOPERM;
  const auto recovery = spool::recover_journal(*place->files, *place->journal);
  if (const int exit_code = tell(recovery); exit_code != EX_OK) return exit_code;
  (void)spool::trim_slots(*place->journal, most_slots(config));  // what cannot go does no harm
  return recovery->held == 0 ? EX_OK : tell_held(recovery->held, Try::first);
}

bool is_named(const server::JournalBoard& journals, const DirectoryId& spool, unsigned slot) {
  for (std::size_t row = 0; row < server::Scoreboard::max_workers; ++row) {
    const auto work = journals.work(row);
    if (work && work->slot == slot && work->spool.is_same_file(spool)) return true;
  }
  return false;
}

}  // namespace

int complain_of_recovery(const Error& error) {
  log::write(log::Level::alert, "journal_recovery_failed", {{"error", error.message()}});
  return EX_IOERR;
}

int recover_all(const conf::Config& config, const InChild& in_child) {
  // As with the engine "file", and at the first start of all.
  if (::access(journal_of(config).c_str(), F_OK) != 0 && errno == ENOENT) return EX_OK;
  const auto pid = fork_child(in_child, [&] { return recover_here(config); });
  if (!pid) return complain_of_recovery(pid.error());
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return complain_of_recovery({Errc::permanent, describe_status(status)});
}

// A spool that is not there may come back, or may have been away meanwhile, but then it is as the
// disk has it: the mark says nothing any more.
int recover_row(const conf::Config& config, server::JournalBoard& journals, std::size_t row,
                Try which) {
  const auto work = journals.work(row);
  if (!work) return EX_OK;
  auto place = open_place(config);
  if (place && !place->journal) {
    place = fail(Errc::temporary, cat(journal_of(config), " is not there, with mail in it"));
  }
  if (!place) {
    journals.mark(row).store(0);
    return complain_of_recovery(place.error());
  }
  if (place->spool != work->spool) journals.mark(row).store(0);
  if (!enter_sandbox(config)) return EX_NOPERM;
  return recover_one(*place, *work, journals.mark(row), which);
}

int recover_orphans(const conf::Config& config, const server::JournalBoard& journals, Try which) {
  auto place = open_place(config);
  if (!place) return complain_of_recovery(place.error());
  if (!place->journal) return EX_OK;
  if (!enter_sandbox(config)) return EX_NOPERM;
  const auto slots = spool::slots_of(*place->journal);
  if (!slots) return complain_of_recovery(slots.error());
  int exit_code = EX_OK;
  std::uint64_t held = 0;
  for (const unsigned slot : *slots) {
    if (is_named(journals, place->spool, slot)) continue;
    spool::WrittenMark nothing_known{0};
    const auto recovery = spool::recover_slot(*place->files, *place->journal, slot, nothing_known);
    if (const int outcome = tell(recovery); outcome != EX_OK) exit_code = outcome;
    if (recovery) held += recovery->held;
  }
  if (exit_code != EX_OK || held == 0) return exit_code;
  return tell_held(held, which);
}

}  // namespace postern::daemon
