// SPDX-License-Identifier: ISC
//
// control/desk.h - answers what posternctl asks for.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "control/observer.h"
#include "control/request.h"
#include "server/trace_list.h"

namespace postern::control {

// A reply is one line, "ok" or "error TEXT", and behind it what is to be shown.
std::string ok_reply(std::string_view body);
std::string error_reply(std::string_view text);

class Desk {
 public:
  // What only the supervisor can do.
  struct Wishes {
    std::function<void()> reload;
    std::function<void()> drain;
  };

  // All outlive the desk.
  Desk(Observer& observer, server::SessionBoard sessions, server::TraceList traces, Wishes wishes);

  // Nothing: the reply comes when it is known how the reload went.
  std::optional<std::string> answer(const Request& request);

 private:
  std::string status(const Request& request);
  std::string sessions(const Request& request);
  std::string trace(const Request& request);
  std::string spool_list(const Request& request);
  std::string spool_show(const Request& request);
  std::string spool_release(const Request& request);
  std::string spool_remove(const Request& request);

  Observer& observer_;
  server::SessionBoard sessions_;
  server::TraceList traces_;
  Wishes wishes_;
};

}  // namespace postern::control
