// SPDX-License-Identifier: ISC
//
// daemon/column_plan.h - which column of the scoreboard each listener counts its channels in.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace postern::daemon {

// A name keeps its column while the listener is closed, or not configured, as long as the columns
// go round: channels that are in use when it goes away still count when it is back, and are not
// taken for another listener's.
class ColumnPlan {
 public:
  explicit ColumnPlan(std::size_t columns) : slots_(columns) {}

  // The column of each of these listeners, no more than there are columns, in their order.
  std::vector<std::size_t> assign(const std::vector<std::string>& names);

  // What another program had assigned.
  void restore(const std::string& name, std::size_t column);

  // The names by column; "" for a column that nobody has had yet.
  std::vector<std::string> names() const;

 private:
  struct Slot {
    std::string name;
    std::uint64_t last_assigned = 0;  // the how manieth assignment; 0: never
  };

  std::size_t find_or_take(const std::string& name);

  std::vector<Slot> slots_;
  std::uint64_t assignments_ = 0;
};

}  // namespace postern::daemon
