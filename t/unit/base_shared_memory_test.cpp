// SPDX-License-Identifier: ISC
//
// t/unit/base_shared_memory_test.cpp - memory that several processes see.

#include "base/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <utility>

#include <CppUTest/TestHarness.h>

using postern::SharedMemory;
using postern::UniqueFd;

namespace {

constexpr SharedMemory::Layout layout{"test", 1, 100'000};

std::uint8_t* octets_of(const SharedMemory& memory) {
  return static_cast<std::uint8_t*>(memory.get());
}

UniqueFd copy_of_descriptor(const SharedMemory& memory) {
  return UniqueFd{::dup(memory.fd())};
}

}  // namespace

TEST_GROUP(BaseSharedMemory) {
  SharedMemory memory = std::move(*SharedMemory::create(layout));
};

TEST(BaseSharedMemory, IsZeroAtFirst) {
  const std::uint8_t* octets = octets_of(memory);
  CHECK(std::all_of(octets, octets + layout.size, [](std::uint8_t octet) { return octet == 0; }));
}

TEST(BaseSharedMemory, IsSharedWithChildren) {
  const pid_t child = ::fork();
  if (child == 0) {
    octets_of(memory)[layout.size - 1] = 42;
    ::_exit(0);
  }
  int status = -1;
  LONGS_EQUAL(child, ::waitpid(child, &status, 0));
  LONGS_EQUAL(42, octets_of(memory)[layout.size - 1]);
}

TEST(BaseSharedMemory, IsSharedThroughItsDescriptor) {
  octets_of(memory)[0] = 42;
  const auto again = SharedMemory::adopt(copy_of_descriptor(memory), layout);
  CHECK(again.has_value());
  LONGS_EQUAL(42, octets_of(*again)[0]);
  octets_of(*again)[1] = 43;
  LONGS_EQUAL(43, octets_of(memory)[1]);
}

TEST(BaseSharedMemory, IsNotAdoptedByWhoSeesOtherThingsInIt) {
  const SharedMemory::Layout renumbered{"test", 2, layout.size};
  const SharedMemory::Layout larger{"test", 1, layout.size + 1};
  const SharedMemory::Layout smaller{"test", 1, layout.size - 1};
  for (const auto& other : {renumbered, larger, smaller}) {
    const auto adopted = SharedMemory::adopt(copy_of_descriptor(memory), other);
    CHECK(!adopted.has_value());
    STRCMP_EQUAL("memory test has another layout", adopted.error().message().c_str());
  }
}

TEST(BaseSharedMemory, IsNotAdoptedFromWhatIsNoMemory) {
  CHECK(!SharedMemory::adopt(UniqueFd{::open("/dev/null", O_RDWR)}, layout).has_value());
  CHECK(!SharedMemory::adopt(UniqueFd{}, layout).has_value());
}

TEST(BaseSharedMemory, OutlivesAMove) {
  octets_of(memory)[0] = 42;
  const SharedMemory moved = std::move(memory);
  LONGS_EQUAL(42, octets_of(moved)[0]);
}

// Who could would kill all others with it.
TEST(BaseSharedMemory, CannotBeMadeSmaller) {
  LONGS_EQUAL(-1, ::ftruncate(memory.fd(), 0));
}

TEST(BaseSharedMemory, CanBeForReadingOnly) {
  octets_of(memory)[0] = 42;
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL);  // a sanitizer would exit instead
    const bool is_done = memory.make_read_only().has_value() && octets_of(memory)[0] == 42;
    auto page = reinterpret_cast<std::uintptr_t>(memory.get());
    page -= page % static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    // Nor is there a way back.
    const int changed = ::mprotect(reinterpret_cast<void*>(page), 1, PROT_READ | PROT_WRITE);
    if (!is_done || memory.fd() != -1 || changed == 0) ::_exit(1);
    octets_of(memory)[0] = 43;
    ::_exit(2);
  }
  int status = -1;
  LONGS_EQUAL(child, ::waitpid(child, &status, 0));
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
  LONGS_EQUAL(42, octets_of(memory)[0]);
  octets_of(memory)[0] = 44;  // others are free to write
}
