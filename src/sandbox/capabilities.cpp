// SPDX-License-Identifier: ISC
//
// sandbox/capabilities.cpp - the parts of root's power that a process has.
//
// By system calls: what is needed of a library is two calls, and a reader knows these.

#include "sandbox/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace postern::sandbox {

namespace {

// Two halves, of 32 bits each: the kernel's layout since Linux 2.6.26.
using Halves = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct header_of_process() {
  return {_LINUX_CAPABILITY_VERSION_3, 0};
}

Result<Halves> read_capabilities() {
  auto header = header_of_process();
  Halves halves{};
  if (::syscall(SYS_capget, &header, halves.data()) != 0) return fail_errno("capget", errno);
  return halves;
}

}  // namespace

Capabilities Capabilities::of_process() {
  Capabilities capabilities{};
  const auto halves = read_capabilities();
  if (!halves) return capabilities;
  capabilities.bits_ = std::uint64_t{(*halves)[1].effective} << 32 | (*halves)[0].effective;
  return capabilities;
}

Result<void> limit_bounding_set(Capabilities keep) {
  if (!Capabilities::of_process().has(CAP_SETPCAP)) return {};
  // Up to the first number that this kernel does not know; it may know more than our header.
  for (unsigned capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if (keep.has(capability)) continue;
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
      return fail_errno("limit the bounding set of capabilities", errno);
    }
  }
  return {};
}

Result<void> limit_capabilities(Capabilities keep) {
  auto halves = read_capabilities();
  if (!halves) return tl::unexpected(halves.error());
  for (std::size_t i = 0; i < halves->size(); ++i) {
    const auto kept = static_cast<std::uint32_t>(keep.bits() >> 32 * i);
    __user_cap_data_struct& half = (*halves)[i];
    half.permitted &= kept;
    half.effective = half.permitted;
    half.inheritable &= kept;  // and an ambient one goes with it
  }
  auto header = header_of_process();
  if (::syscall(SYS_capset, &header, halves->data()) != 0) {
    return fail_errno("give up capabilities", errno);
  }
  return {};
}

}  // namespace postern::sandbox
