/* confine: a process that works on a stranger's file gives up everything else first: files, network, time, and memory
 * beyond what it says it needs. Whatever else it calls of the kernel then ends it. */
#ifndef QILIAN_TOOLS_CONFINE_H
#define QILIAN_TOOLS_CONFINE_H

#include <stdint.h>

enum { CONFINE_FAILED = 3 };

/* memory: bytes beyond what is in use now. Ends the process with CONFINE_FAILED where it cannot be done. */
void confine(uint64_t memory, unsigned cpu_seconds);

#endif
