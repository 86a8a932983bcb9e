// SPDX-License-Identifier: ISC
//
// policy/readiness.cpp - whether a listener is to be open now, and why.

#include "policy/readiness.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "conf/units.h"
#include "policy/schedule.h"

namespace postern::policy {

namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using Reason = ReadinessReason;
using Time = ReadinessHistory::Time;

// So soon after the clock was set what it shows now is noticed.
constexpr seconds longest_sleep{60};

// "Mon 08:00", with the date if it is not within a week.
std::string print_local(sys_seconds time, sys_seconds now, const LocalClock& local) {
  constexpr std::array<std::string_view, 7> names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const auto then = local(time);
  const auto day = std::chrono::floor<days>(then);
  const std::chrono::hh_mm_ss clock{then - day};
  std::string text{names[std::chrono::weekday{day}.c_encoding()]};
  if (time - now > days{6}) {
    const std::chrono::year_month_day date{day};
    text += cat(" ", static_cast<int>(date.year()), "-",
                two_digits(static_cast<unsigned>(date.month())), "-",
                two_digits(static_cast<unsigned>(date.day())));
  }
  return cat(text, " ", two_digits(clock.hours().count()), ":",
             two_digits(clock.minutes().count()));
}

// Never early: whoever waits so long finds the time reached.
seconds until(Time time, const Moment& now) {
  return std::chrono::ceil<seconds>(time - now.steady);
}

std::string print_wait(seconds wait) {
  return conf::print_time(wait);
}

std::optional<Readiness> refuse_by_link(const conf::Listener& listener, const ObservedLink& link,
                                        const Moment& now) {
  const auto refuse = [&listener](Reason reason, std::string_view what) {
    return Readiness{.reason = reason, .why = cat("link ", listener.link, " ", what)};
  };
  if (!link.state.exists) return refuse(Reason::link_down, "has no interface");
  if (!link.state.is_running) return refuse(Reason::link_down, "is down");
  if (!link.state.has_address) return refuse(Reason::link_down, "has no address");
  const auto settles_at = link.damper.settles_at(now.steady);
  if (!settles_at) return std::nullopt;
  const seconds wait = until(*settles_at, now);
  auto refused = refuse(Reason::link_unsteady, cat("comes and goes; opens in ", print_wait(wait)));
  refused.look_again = wait;
  return refused;
}

// What link and schedule say of the listener, whatever it is now.
Readiness wish(const conf::Listener& listener, const conf::Config& config, const ObservedLink* link,
               const Moment& now, const LocalClock& local) {
  if (link != nullptr) {
    if (auto refused = refuse_by_link(listener, *link, now)) return *refused;
  }
  const std::string up = link == nullptr ? "" : cat("link ", listener.link, " is up");
  const Schedule schedule{config.schedule};
  const auto change = schedule.next_change(now.wall, local);
  Readiness wished;
  if (change) wished.look_again = std::min<seconds>(*change - now.wall, longest_sleep);
  const std::string when = change ? print_local(*change, now.wall, local) : "";
  if (!schedule.allows(local(now.wall))) {
    wished.reason = Reason::out_of_hours;
    wished.why = change ? cat("schedule: opens ", when) : "schedule: never opens";
    return wished;
  }
  wished.is_ready = true;
  wished.reason = Reason::on_demand;
  wished.why = up;
  if (change) wished.why += cat(up.empty() ? "" : "; ", "schedule: closes ", when);
  if (wished.why.empty()) wished.why = "schedule: always open";
  return wished;
}

void sleep_at_most(Readiness& readiness, seconds wait) {
  readiness.look_again = std::min(readiness.look_again.value_or(wait), wait);
}

}  // namespace

Readiness readiness_of(const conf::Listener& listener, const conf::Config& config,
                       const ObservedLink* link, const Moment& now, const LocalClock& local,
                       bool is_open, const ReadinessHistory& history) {
  if (listener.channels == 0) return {.reason = Reason::no_channels, .why = "channels is 0"};
  if (listener.keep_ready) {
    return {.is_ready = true, .reason = Reason::kept, .why = "always kept ready"};
  }
  Readiness wished = wish(listener, config, link, now, local);
  if (!wished.is_ready && is_open) {
    const Time end = history.lingers_since.value_or(now.steady) + listener.linger;
    if (now.steady >= end) return wished;
    const seconds wait = until(end, now);
    wished.is_ready = true;
    wished.reason = Reason::lingering;
    wished.why += cat("; closes in ", print_wait(wait));
    sleep_at_most(wished, wait);
  } else if (wished.is_ready && !is_open && history.closed_at) {
    const Time end = *history.closed_at + Schedule{config.schedule}.pause(local(now.wall));
    if (now.steady >= end) return wished;
    const seconds wait = until(end, now);
    wished.is_ready = false;
    wished.reason = Reason::pausing;
    wished.why = cat("pauses; opens in ", print_wait(wait));
    sleep_at_most(wished, wait);
  }
  return wished;
}

ReadinessHistory follow(ReadinessHistory history, const Readiness& readiness, bool is_open,
                        const Moment& now) {
  const bool by_demand =
      readiness.reason != Reason::no_channels && readiness.reason != Reason::kept;
  if (!by_demand) return {};
  if (is_open && !readiness.is_ready) history.closed_at = now.steady;
  if (readiness.reason != Reason::lingering) {
    history.lingers_since.reset();
  } else if (!history.lingers_since) {
    history.lingers_since = now.steady;
  }
  return history;
}

}  // namespace postern::policy
