// SPDX-License-Identifier: ISC
//
// t/unit/policy_readiness_test.cpp - whether a listener is to be open now, and why.

#include "policy/readiness.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "conf/period_syntax.h"
#include "fake_site.h"
#include "fake_zone.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::test;
using Reason = postern::policy::ReadinessReason;

namespace {

conf::Period office_hours(seconds pause = seconds{0}) {
  conf::Period period;
  period.days = *conf::parse_days("Mon-Fri");
  period.begin = *conf::parse_time_of_day("08:00");
  period.end = *conf::parse_time_of_day("18:00");
  period.pause = pause;
  return period;
}

void looks_again_after(long expected, const Readiness& readiness) {
  LONGS_EQUAL(expected, readiness.look_again.value_or(seconds{-1}).count());
}

// ---- The table in the manual page

struct Row {
  std::vector<std::string> cells;  // channels, keep_ready, link, schedule; what comes of it
};

std::vector<Row> table_in_manual() {
  std::ifstream page("man/postern.conf.5");
  std::vector<Row> rows;
  bool is_in_table = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with(".Bl -column") && line.find("keep_ready") != std::string::npos) {
      is_in_table = true;
    } else if (is_in_table && line == ".El") {
      break;
    } else if (is_in_table && line.starts_with(".It ") && !line.starts_with(".It Sy ")) {
      Row row;
      std::string_view rest = std::string_view(line).substr(4);
      for (std::size_t end = 0; end != std::string_view::npos;) {
        end = rest.find(" Ta ");
        row.cells.emplace_back(rest.substr(0, end));
        if (end != std::string_view::npos) rest.remove_prefix(end + 4);
      }
      rows.push_back(row);
    }
  }
  return rows;
}

bool cell_matches(std::string_view cell, std::string_view value) {
  if (cell == "any") return true;
  if (cell.starts_with("not ")) return cell.substr(4) != value;
  return cell == value;
}

}  // namespace

TEST_GROUP(PolicyReadiness) {
  Site site;
};

// Each combination has one row in the manual, and is what that says.
TEST(PolicyReadiness, TheTableOfTheManualIsTrue) {
  const auto rows = table_in_manual();
  CHECK_TEXT(rows.size() >= 4, "run the tests where man/postern.conf.5 is");
  std::vector<int> uses(rows.size());
  for (const std::string_view channels : {"0", "1 or more"}) {
    for (const std::string_view keep_ready : {"true", "false"}) {
      for (const std::string_view link : {"none", "up", "down"}) {
        for (const std::string_view schedule : {"none", "open", "closed"}) {
          const std::array<std::string_view, 4> values{channels, keep_ready, link, schedule};
          const std::string name = cat(channels, ", ", keep_ready, ", ", link, ", ", schedule);
          Site fresh;
          fresh.listener().channels = channels == "0" ? 0 : 1;
          fresh.listener().keep_ready = keep_ready == "true";
          if (link == "none") fresh.listener().link.clear();
          if (schedule != "none") fresh.config.schedule = {office_hours()};
          fresh.set_clock(schedule == "closed" ? "2026-11-25 20:00" : "2026-11-25 12:00");
          const Readiness& found = fresh.look(link == "down" ? down : up);
          int matches = 0;
          for (std::size_t i = 0; i < rows.size(); ++i) {
            LONGS_EQUAL_TEXT(5, rows[i].cells.size(), name.c_str());
            if (!std::equal(values.begin(), values.end(), rows[i].cells.begin(),
                            [](auto value, auto& cell) { return cell_matches(cell, value); })) {
              continue;
            }
            ++matches;
            ++uses[i];
            STRCMP_EQUAL_TEXT(rows[i].cells.back().c_str(), found.is_ready ? "yes" : "no",
                              name.c_str());
          }
          LONGS_EQUAL_TEXT(1, matches, name.c_str());
        }
      }
    }
  }
  CHECK_TEXT(std::count(uses.begin(), uses.end(), 0) == 0, "a row that nothing matches");
}

TEST(PolicyReadiness, WithoutChannelsItIsNever) {
  site.listener().channels = 0;
  site.listener().keep_ready = true;
  is(false, Reason::no_channels, "channels is 0", site.look(up));
  looks_again_after(-1, site.look(up));
}

TEST(PolicyReadiness, KeptReadyItIsWhateverHappens) {
  site.listener().keep_ready = true;
  site.config.schedule = {office_hours()};
  site.set_clock("2026-11-25 22:00");
  for (const LinkState& link : {LinkState{}, down, up}) {
    is(true, Reason::kept, "always kept ready", site.look(link));
    looks_again_after(-1, site.look(link));
  }
}

TEST(PolicyReadiness, SaysWhatTheLinkLacks) {
  is(false, Reason::link_down, "link uplink has no interface", site.look({}));
  is(false, Reason::link_down, "link uplink is down", site.look(down));
  is(false, Reason::link_down, "link uplink has no address",
     site.look({.exists = true, .is_running = true, .has_address = false}));
  is(true, Reason::on_demand, "link uplink is up", site.look(up));
  looks_again_after(-1, site.look(up));
}

TEST(PolicyReadiness, SaysWhenTheScheduleChangesIt) {
  site.config.schedule = {office_hours()};
  site.listener().linger = seconds{0};
  is(true, Reason::on_demand, "link uplink is up; schedule: closes Wed 18:00", site.look(up));
  looks_again_after(60, site.look(up));
  site.set_clock("2026-11-25 16:59:48");
  looks_again_after(12, site.look(up));
  site.set_clock("2026-11-27 17:00");  // Friday
  is(false, Reason::out_of_hours, "schedule: opens Mon 08:00", site.look(up));
  looks_again_after(60, site.look(up));
}

TEST(PolicyReadiness, ADateIsSaidWhereADayIsNotEnough) {
  site.config.schedule = {office_hours()};
  site.config.schedule[0].days = *conf::parse_days("Wed");
  site.set_clock("2026-11-25 18:00");
  is(false, Reason::out_of_hours, "schedule: opens Wed 2026-12-02 08:00", site.look(up));
}

TEST(PolicyReadiness, AScheduleAloneIsEnough) {
  site.listener().link.clear();
  site.config.schedule = {office_hours()};
  is(true, Reason::on_demand, "schedule: closes Wed 18:00", site.look(down));
}

TEST(PolicyReadiness, ALinkThatIsDownIsWhyWhateverTheSchedule) {
  site.config.schedule = {office_hours()};
  site.set_clock("2026-11-25 22:00");
  is(false, Reason::link_down, "link uplink is down", site.look(down));
  looks_again_after(-1, site.look(down));
}

TEST(PolicyReadiness, LingersBeforeItCloses) {
  site.listener().linger = seconds{30};
  site.look(up);
  is(true, Reason::lingering, "link uplink is down; closes in 30 s", site.look(down));
  looks_again_after(30, site.look(down));
  site.wait(seconds{29});
  is(true, Reason::lingering, "link uplink is down; closes in 1 s", site.look(down));
  site.wait(seconds{1});
  is(false, Reason::link_down, "link uplink is down", site.look(down));
  looks_again_after(-1, site.look(down));
}

TEST(PolicyReadiness, ALinkThatIsBackInTimeHasNeverClosedIt) {
  site.listener().linger = seconds{30};
  site.look(up);
  for (int i = 0; i < 2; ++i) {
    site.look(down);
    site.wait(seconds{20});
    CHECK(site.look(up).is_ready);
    site.wait(seconds{400});
  }
  site.look(up);
  // And the next time it has all of its time again.
  is(true, Reason::lingering, "link uplink is down; closes in 30 s", site.look(down));
}

TEST(PolicyReadiness, LingersAtTheEndOfTheScheduleToo) {
  site.listener().linger = seconds{30};
  site.config.schedule = {office_hours()};
  site.set_clock("2026-11-27 16:59:59");
  CHECK(site.look(up).is_ready);
  site.wait(seconds{1});
  is(true, Reason::lingering, "schedule: opens Mon 08:00; closes in 30 s", site.look(up));
  looks_again_after(30, site.look(up));
  site.wait(seconds{30});
  is(false, Reason::out_of_hours, "schedule: opens Mon 08:00", site.look(up));
}

TEST(PolicyReadiness, ThereIsNoLingeringBeforeItWasOpen) {
  site.listener().linger = seconds{30};
  is(false, Reason::link_down, "link uplink is down", site.look(down));
}

TEST(PolicyReadiness, ALinkThatComesAndGoesOpensNothing) {
  site.listener().linger = seconds{0};
  for (int i = 0; i < 4; ++i) {
    site.look(up);
    site.wait(seconds{1});
    site.look(down);
    site.wait(seconds{1});
  }
  is(false, Reason::link_unsteady, "link uplink comes and goes; opens in 4 s", site.look(up));
  looks_again_after(4, site.look(up));
  site.wait(seconds{4});
  is(true, Reason::on_demand, "link uplink is up", site.look(up));
}

TEST(PolicyReadiness, LingeringOutlastsALinkThatComesAndGoes) {
  site.listener().linger = seconds{30};
  for (int i = 0; i < 6; ++i) {
    CHECK(site.look(up).is_ready);
    site.wait(seconds{2});
    CHECK(site.look(down).is_ready);
    site.wait(seconds{2});
  }
}

TEST(PolicyReadiness, PausesOnceItWasClosed) {
  site.listener().linger = seconds{0};
  site.config.schedule = {office_hours(seconds{1800})};
  CHECK(site.look(up).is_ready);  // no pause before the first time
  site.look(down);
  site.wait(seconds{10});
  is(false, Reason::pausing, "pauses; opens in 1790 s", site.look(up));
  looks_again_after(60, site.look(up));
  site.wait(seconds{1789});
  looks_again_after(1, site.look(up));
  site.wait(seconds{1});
  CHECK(site.look(up).is_ready);
}

TEST(PolicyReadiness, AnOpenListenerDoesNotPause) {
  site.config.schedule = {office_hours(seconds{1800})};
  site.look(up);
  site.wait(seconds{5000});
  CHECK(site.look(up).is_ready);
}

TEST(PolicyReadiness, IntervalsDoNotCareWhoSetsTheClock) {
  site.listener().linger = seconds{30};
  site.look(up);
  site.look(down);
  site.set_clock("2036-01-01 00:00");
  site.wait(seconds{29});
  CHECK(site.look(down).is_ready);
  site.set_clock("2006-01-01 00:00");
  site.wait(seconds{1});
  CHECK(!site.look(down).is_ready);
}

TEST(PolicyReadiness, SchedulesGoByTheClockAsItIsSet) {
  site.listener().linger = seconds{0};
  site.config.schedule = {office_hours()};
  CHECK(site.look(up).is_ready);
  site.set_clock("2026-11-25 18:00");
  CHECK(!site.look(up).is_ready);
  site.set_clock("2026-11-25 09:00");
  CHECK(site.look(up).is_ready);
  site.set_clock("1970-01-03 09:00");  // a Saturday: the clock has lost its battery
  is(false, Reason::out_of_hours, "schedule: opens Mon 08:00", site.look(up));
}

TEST(PolicyReadiness, AReloadKeepsWhatIsKnown) {
  site.listener().linger = seconds{30};
  site.look(up);
  site.look(down);
  site.wait(seconds{20});
  site.config.listeners.emplace_back().name = "lan";
  site.config.links.insert(site.config.links.begin(), {.name = "lan", .interface = "eth0"});
  site.listener().channels = 5;
  is(true, Reason::lingering, "link uplink is down; closes in 10 s", site.look(down));
}

TEST(PolicyReadiness, AListenerOfAnotherNameIsAnotherOne) {
  site.listener().linger = seconds{30};
  site.look(up);
  site.listener().name = "other";
  is(false, Reason::link_down, "link uplink is down", site.look(down));
}

TEST(PolicyReadiness, OnDemandAfterItWasKeptItLingers) {
  site.listener().keep_ready = true;
  site.listener().linger = seconds{30};
  site.look(down);
  site.listener().keep_ready = false;
  is(true, Reason::lingering, "link uplink is down; closes in 30 s", site.look(down));
}

TEST(PolicyReadiness, TheNextLookIsTheEarliest) {
  std::vector<Readiness> all(3);
  CHECK(!policy::look_again(all));
  all[1].look_again = seconds{30};
  all[2].look_again = seconds{20};
  LONGS_EQUAL(20, policy::look_again(all)->count());
}

// Whatever links do, in hundreds of ways: who looks when a link has changed, and when it was told
// to, is at each second where one is who looks each second.
TEST(PolicyReadiness, LooksWhenToldToAreEnough) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    Site often;
    Site seldom;
    for (Site* one : {&often, &seldom}) {
      one->listener().linger = seconds{seed % 3 * 20};
      if (seed % 2 == 0) one->config.schedule = {office_hours(seconds{seed % 5 * 40})};
      one->set_clock(seed % 4 == 0 ? "2026-11-25 16:55" : "2026-11-25 06:50");
    }
    unsigned random = seed;
    LinkState link = up;
    long next_look = 0;
    Readiness last;
    for (long second = 0; second < 1000; ++second) {
      random = random * 1103515245 + 12345;
      const bool has_changed = (random >> 16) % 40 == 0;
      if (has_changed) link = link.is_running ? down : up;
      const Readiness& now = often.look(link);
      if (has_changed || second == next_look || second == 0) {
        last = seldom.look(link);
        next_look = second + (last.look_again ? last.look_again->count() : 100'000);
      }
      CHECK_EQUAL_TEXT(now.is_ready, last.is_ready, cat(seed, " at ", second).c_str());
      often.wait(seconds{1});
      seldom.wait(seconds{1});
    }
  }
}
