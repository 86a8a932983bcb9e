// SPDX-License-Identifier: ISC
//
// base/log.h - one event, one record; where it goes and what it looks like is settled once.

#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/log_face.h"
#include "base/log_record.h"
#include "base/result.h"

namespace postern::log {

struct Target {
  enum class Kind { syslog, journal, standard_error, file };
  Kind kind = Kind::standard_error;
  std::string path;  // of the file or of the daemon's socket; empty: where that usually is

  friend bool operator==(const Target&, const Target&) = default;
};

// Where events go from now on, from which level up and with which face.  Before the first call:
// standard error, from info, key=value.  A file is opened for appending, and must be writable; on
// an error the old target stays.  A daemon that collects the log need not be there yet.  The
// lines of forked children go to the same place.
//
// No target makes the program wait, but for the disk of a file.  What cannot be written is kept
// for a while if a daemon is to take it, and is then given up; the event log_gap tells how many
// lines were, as soon as that can be told.
Result<void> open(const Target& target, Level threshold, const Face& face = keyvalue_face());

bool is_logged(Level level);

// Writes an event.  Events are part of the interface (posternd(8) lists them): fail2ban and
// scripts read them.  Never put a password or the text of a message in a field.
void write(Level level, std::string_view event, std::initializer_list<Field> fields);

// Sends what is still kept, or gathered; false if it is to be tried again, in a second or so.
bool flush();

// From now on this process, but none that it forks, writes several lines together where they go to
// a file or to standard error: when there are many, and at each flush.  For one whose loop calls
// that before it sleeps.  If the process dies of a signal that says that it is broken (SIGSEGV,
// SIGABRT and their like), they are written before.
void gather();

// Connects to the daemon that collects the log anew; true if it is there, or if there is none.
bool reconnect();

// Called once for each open, when the daemon has gone away and this process cannot connect to it
// any more.  It may not write to the log.
void on_lost(std::function<void()> callback);

}  // namespace postern::log
