// SPDX-License-Identifier: ISC
//
// control/desk.cpp - answers what posternctl asks for.

#include "control/desk.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "control/spool_text.h"
#include "control/status_text.h"

namespace postern::control {

namespace {

// Of a message; a control connection is no way to fetch large ones.
constexpr std::size_t max_shown = std::size_t{1} << 20;

// Of a list: each is opened and read, and nobody else is answered meanwhile.
constexpr std::size_t max_listed = 1000;

constexpr std::size_t max_error = 1024;

std::string reply_to(const Result<void>& result, std::string_view done) {
  return result ? ok_reply(cat(done, "\n")) : error_reply(result.error().message());
}

}  // namespace

std::string ok_reply(std::string_view body) {
  return cat("ok\n", body);
}

std::string error_reply(std::string_view text) {
  return cat("error ", printable(text, max_error), "\n");
}

Desk::Desk(Observer& observer, server::SessionBoard sessions, server::TraceList traces,
           Wishes wishes)
    : observer_(observer), sessions_(sessions), traces_(traces), wishes_(std::move(wishes)) {}

std::optional<std::string> Desk::answer(const Request& request) {
  switch (request.verb) {
    case Verb::status: return status(request);
    case Verb::sessions: return sessions(request);
    case Verb::trace: return trace(request);
    case Verb::reload: wishes_.reload(); return std::nullopt;
    case Verb::drain: wishes_.drain(); return ok_reply("the server ends when its sessions have\n");
    case Verb::spool_list: return spool_list(request);
    case Verb::spool_show: return spool_show(request);
    case Verb::spool_release: return spool_release(request);
    case Verb::spool_remove: return spool_remove(request);
  }
  return error_reply("no such command");
}

std::string Desk::status(const Request& request) {
  const Status status = observer_.status();
  return ok_reply(request.wants_json ? json_text(status) : plain_text(status));
}

std::string Desk::sessions(const Request& request) {
  auto sessions = sessions_.list();
  std::sort(sessions.begin(), sessions.end(),
            [](const auto& a, const auto& b) { return a.begun < b.begun; });
  return ok_reply(request.wants_json ? json_text(sessions)
                                     : plain_text(sessions, std::time(nullptr)));
}

std::string Desk::trace(const Request& request) {
  const auto address = IpAddress::parse(request.argument);
  if (!address) return error_reply(cat(printable(request.argument), " is not an IP address"));
  const auto now = server::TraceList::Clock::now();
  if (!traces_.add(*address, now, std::chrono::seconds{request.seconds})) {
    return error_reply(cat("there are ", server::TraceList::max_entries,
                           " traces already; wait until one is over"));
  }
  log::write(log::Level::info, "trace",
             {{"peer", address->to_string()}, {"seconds", request.seconds}});
  if (request.seconds == 0) return ok_reply("the trace is over\n");
  return ok_reply(cat("sessions with ", address->to_string(), " are logged in full for ",
                      request.seconds, " seconds\n"));
}

std::string Desk::spool_list(const Request& request) {
  const auto messages = observer_.spool().list();
  if (!messages) return error_reply(messages.error().message());
  std::vector<ListedMessage> listed;
  for (const SpooledMessage& message : *messages) {
    if (listed.size() == max_listed) break;
    listed.push_back({message, read_envelope(observer_.spool(), message)});
  }
  const std::size_t more = messages->size() - listed.size();
  return ok_reply(request.wants_json ? json_text(listed, more)
                                     : plain_text(listed, more, std::time(nullptr)));
}

std::string Desk::spool_show(const Request& request) {
  const auto message = observer_.spool().find(request.argument);
  if (!message) return error_reply(message.error().message());
  const auto text = observer_.spool().read(*message, max_shown);
  return text ? ok_reply(*text) : error_reply(text.error().message());
}

std::string Desk::spool_release(const Request& request) {
  const auto message = observer_.spool().find(request.argument);
  if (!message) return error_reply(message.error().message());
  const auto released = observer_.spool().release(*message);
  if (released) log::write(log::Level::info, "spool_released", {{"message", message->id}});
  return reply_to(released, "released");
}

std::string Desk::spool_remove(const Request& request) {
  const auto message = observer_.spool().find(request.argument);
  if (!message) return error_reply(message.error().message());
  const auto removed = observer_.spool().remove(*message);
  if (removed) log::write(log::Level::warning, "spool_removed", {{"message", message->id}});
  return reply_to(removed, "removed");
}

}  // namespace postern::control
