// The C interface of the system's BLAS (Debian: libblas-dev). Which library answers is chosen at run time
// by Debian's alternatives (libblas.so.3), so nothing here may be specific to one implementation.
#include <cblas.h>
