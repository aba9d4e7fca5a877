"""A certificate that is not trusted."""

import ssl

if __name__ == "__main__":
    raise ssl.SSLError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
