// SPDX-License-Identifier: ISC
//
// t/bench/disk_floor.cpp - how many messages a second the disk takes, whoever writes them.
//
// usage: disk_floor FOLDER [SECONDS [SIZE [WAITING]]]
//
// One thread, with so many messages waiting at once (32), by each of the ways that a server could
// take, for so many seconds (2) each.  Prints JSON.  All of its files are in FOLDER/floor, which is
// gone afterwards.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/unique_fd.h"

namespace {

using postern::UniqueFd;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t journal_size = 64 * 1024 * 1024;

void check(bool is_good, const char* what) {
  if (!is_good) throw std::system_error(errno, std::generic_category(), what);
}

class Floor {
 public:
  Floor(std::filesystem::path folder, std::size_t size, unsigned waiting)
      : folder_(std::move(folder)), text_(size, 'x'), waiting_(waiting) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "tmp");
    std::filesystem::create_directories(folder_ / "new");
    directory_ = UniqueFd(::open((folder_ / "new").c_str(), O_RDONLY | O_DIRECTORY));
    check(directory_.is_open(), "open new");
    make_journal();
  }
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;
  ~Floor() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // Each message by itself: file, name, directory.
  void naive() {
    for (unsigned i = 0; i < waiting_; ++i) {
      const UniqueFd file = write_file(i);
      check(::fsync(file.get()) == 0, "fsync");
      publish(i);
      check(::fsync(directory_.get()) == 0, "fsync new");
    }
  }

  // Each file, then the directory for all of them.
  void one_directory_sync() {
    for (unsigned i = 0; i < waiting_; ++i) {
      check(::fsync(write_file(i).get()) == 0, "fsync");
    }
    publish_all();
    check(::fsync(directory_.get()) == 0, "fsync new");
  }

  // All files, one syncfs for their contents, then the directory.
  void one_syncfs() {
    for (unsigned i = 0; i < waiting_; ++i) write_file(i);
    check(::syncfs(directory_.get()) == 0, "syncfs");
    publish_all();
    check(::fsync(directory_.get()) == 0, "fsync new");
  }

  // One flush of a journal, then files that are not flushed by themselves.
  void journal() {
    std::vector<iovec> pieces(waiting_, iovec{text_.data(), text_.size()});
    if (place_ + text_.size() * waiting_ > journal_size) place_ = 0;
    check(::pwritev(journal_.get(), pieces.data(), static_cast<int>(pieces.size()),
                    static_cast<off_t>(place_)) > 0,
          "write the journal");
    place_ += text_.size() * waiting_;
    check(::fdatasync(journal_.get()) == 0, "fdatasync");
    for (unsigned i = 0; i < waiting_; ++i) write_file(i);
    publish_all();
  }

  // Removes what is there, so that the disk never fills.
  void sweep() {
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "new")) {
      std::filesystem::remove(entry.path());
    }
    check(::syncfs(directory_.get()) == 0, "syncfs");
  }

  unsigned waiting() const { return waiting_; }
  std::size_t size() const { return text_.size(); }

 private:
  void make_journal() {
    journal_ = UniqueFd(::open((folder_ / "journal").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    check(journal_.is_open(), "open the journal");
    const std::string zeros(1024 * 1024, '\0');
    for (std::uint64_t written = 0; written < journal_size; written += zeros.size()) {
      check(::write(journal_.get(), zeros.data(), zeros.size()) > 0, "write the journal");
    }
    check(::fsync(journal_.get()) == 0, "fsync");
  }

  std::string name(unsigned i) const { return std::to_string(number_ + i); }

  UniqueFd write_file(unsigned i) {
    UniqueFd file(
        ::open((folder_ / "tmp" / name(i)).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    check(file.is_open(), "open a file");
    check(::write(file.get(), text_.data(), text_.size()) == static_cast<ssize_t>(text_.size()),
          "write a file");
    return file;
  }

  void publish(unsigned i) {
    std::filesystem::rename(folder_ / "tmp" / name(i), folder_ / "new" / name(i));
    if (i + 1 == waiting_) number_ += waiting_;
  }

  void publish_all() {
    for (unsigned i = 0; i < waiting_; ++i) publish(i);
  }

  std::filesystem::path folder_;
  std::string text_;
  unsigned waiting_;
  UniqueFd directory_;
  UniqueFd journal_;
  std::uint64_t place_ = 0;
  std::uint64_t number_ = 0;
};

struct Way {
  const char* name;
  void (Floor::*go)();
};

constexpr std::array ways{
    Way{"naive", &Floor::naive},
    Way{"one directory sync", &Floor::one_directory_sync},
    Way{"one syncfs", &Floor::one_syncfs},
    Way{"journal", &Floor::journal},
};

constexpr std::uint64_t most_at_once = 512 * 1024 * 1024;  // octets before it sweeps

// Microseconds of processor that this process has used.
double processor_used() {
  rusage usage{};
  check(::getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
  const auto of = [](const timeval& time) {
    return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

struct Speed {
  double messages_per_second;
  double processor_per_message;  // microseconds
};

// What sweeping takes does not count.
Speed measure(Floor& floor, const Way& way, double seconds) {
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;
  Clock::duration taken{};
  double used = 0;
  while (std::chrono::duration<double>(taken).count() < seconds) {
    const Clock::time_point began = Clock::now();
    const double used_before = processor_used();
    (floor.*way.go)();
    taken += Clock::now() - began;
    used += processor_used() - used_before;
    messages += floor.waiting();
    octets += floor.waiting() * (floor.size() + 4096);
    if (octets > most_at_once) {
      floor.sweep();
      octets = 0;
    }
  }
  floor.sweep();
  const auto all = static_cast<double>(messages);
  return {all / std::chrono::duration<double>(taken).count(), used / all};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 5) {
    std::fputs("usage: disk_floor FOLDER [SECONDS [SIZE [WAITING]]]\n", stderr);
    return 2;
  }
  const double seconds = argc > 2 ? std::atof(argv[2]) : 2;
  const std::size_t size = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 4096;
  const auto waiting = static_cast<unsigned>(argc > 4 ? std::atoi(argv[4]) : 32);
  try {
    Floor floor(std::filesystem::path(argv[1]) / "floor", size, waiting);
    const char* separator = "{";
    for (const Way& way : ways) {
      const Speed speed = measure(floor, way, seconds);
      std::printf("%s\"%s\":{\"messages_per_second\":%.0f,\"processor_us\":%.1f}", separator,
                  way.name, speed.messages_per_second, speed.processor_per_message);
      separator = ",";
    }
    std::puts("}");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "disk_floor: %s\n", error.what());
    return 1;
  }
  return 0;
}
