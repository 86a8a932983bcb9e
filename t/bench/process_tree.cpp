// SPDX-License-Identifier: ISC
//
// t/bench/process_tree.cpp - what a process and all that descend from it have used.

#include "process_tree.h"

#include <unistd.h>

#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

namespace postern::bench {

namespace {

struct Usage {
  pid_t parent = 0;
  long long ticks = 0;
};

// Of /proc/PID/stat, in which the name of the program may hold anything but ends at the last ")".
bool read_usage(const std::string& path, Usage& usage) {
  std::ifstream file(path);
  std::string text;
  if (!std::getline(file, text)) return false;
  const std::size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return false;
  std::istringstream fields(text.substr(end_of_name + 1));
  std::string skipped;
  fields >> skipped >> usage.parent;
  for (int field = 5; field <= 13; ++field) fields >> skipped;
  std::array<long long, 4> ticks{};  // utime, stime, cutime, cstime
  for (long long& tick : ticks) fields >> tick;
  usage.ticks = ticks[0] + ticks[1] + ticks[2] + ticks[3];
  return !fields.fail();
}

}  // namespace

double cpu_seconds_of_tree(pid_t root) {
  std::unordered_map<pid_t, Usage> all;
  std::unordered_map<pid_t, std::vector<pid_t>> children;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size()) continue;
    Usage usage;
    if (!read_usage(entry.path() / "stat", usage)) continue;  // it has ended meanwhile
    all[pid] = usage;
    children[usage.parent].push_back(pid);
  }
  long long ticks = 0;
  std::vector<pid_t> open{root};
  while (!open.empty()) {
    const pid_t pid = open.back();
    open.pop_back();
    ticks += all[pid].ticks;
    const std::vector<pid_t>& more = children[pid];
    open.insert(open.end(), more.begin(), more.end());
  }
  return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace postern::bench
